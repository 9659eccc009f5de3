namespace Operator.Aws.Clients;

/// <summary>
/// The meaning of EC2's error codes. Errors of a fleet have the same codes as failed calls, so the common ones are methods on the code. See
/// also <see cref="AwsErrors"/>.
/// </summary>
internal static class Ec2Errors
{
    /// <summary>No capacity for this type in this zone at the moment: use another offering, or retry later.</summary>
    /// <param name="code">EC2's error code.</param>
    public static bool IsInsufficientCapacity(string? code) => code is "InsufficientInstanceCapacity" or "UnfulfillableCapacity"
        or "InsufficientHostCapacity" or "InsufficientReservedInstanceCapacity" or "InsufficientCapacity" or "InsufficientCapacityOnHost"
        or "InsufficientVolumeCapacity" or "InsufficientAddressCapacity" or "ReservationCapacityExceeded";

    /// <summary>An account limit is reached: a larger quota or another usage class helps.</summary>
    /// <param name="code">EC2's error code.</param>
    public static bool IsQuotaExceeded(string? code) => code is "VcpuLimitExceeded" or "InstanceLimitExceeded"
        or "MaxSpotInstanceCountExceeded" or "MaxFleetCountExceeded" or "MaxSpotFleetRequestCountExceeded"
        or "ResourceLimitExceeded" or "VolumeLimitExceeded" or "MaxIOPSLimitExceeded" or "NetworkInterfaceLimitExceeded"
        or "TargetCapacityLimitExceededException" or "SpotMaxInstanceCountExceeded" or "ResourceCountLimitExceeded"
        or "MaxTemplateLimitExceeded" or "TagLimitExceeded" or "AddressLimitExceeded" or "AttachmentLimitExceeded" or "ParameterLimitExceeded";

    /// <summary>The subnet has no free address: use another.</summary>
    /// <param name="code">EC2's error code.</param>
    public static bool IsSubnetFull(string? code) => code is "InsufficientFreeAddressesInSubnet" or "PrivateIpAddressLimitExceeded";

    /// <summary>The bid is below the current spot price.</summary>
    /// <param name="code">EC2's error code.</param>
    public static bool IsMaxPriceTooLow(string? code) => code is "SpotMaxPriceTooLow";

    /// <summary>This combination is not offered here: do not retry with the same spec.</summary>
    /// <param name="code">EC2's error code.</param>
    public static bool IsUnsupported(string? code) => code is "Unsupported" or "UnsupportedOperation"
        or "InvalidFleetConfiguration" or "UnsupportedHibernationConfiguration" or "UnsupportedInstanceTypeOnHost";

    /// <summary>The account lacks the service-linked role for spot; see the EC2 user guide.</summary>
    /// <param name="code">EC2's error code.</param>
    public static bool IsSpotServiceRoleMissing(string? code) => code is "AuthFailure.ServiceLinkedRoleCreationNotPermitted";

    /// <summary>The launch template is gone.</summary>
    /// <param name="code">EC2's error code.</param>
    public static bool IsLaunchTemplateNotFound(string? code) => code is "InvalidLaunchTemplateName.NotFoundException"
        or "InvalidLaunchTemplateId.NotFound" or "InvalidLaunchTemplateId.NotFoundException" or "InvalidLaunchTemplateId.VersionNotFound";

    extension(AwsException exception)
    {
        /// <summary>A successful dry run: the call would have been allowed.</summary>
        public bool IsDryRunPassed => exception.Code is "DryRunOperation";

        /// <summary>A resource named in the call does not exist, or is not visible yet.</summary>
        public bool IsNotFound => exception.Code.EndsWith(".NotFound", StringComparison.Ordinal)
            || exception.Code.EndsWith(".NotFoundException", StringComparison.Ordinal)
            || exception.Code is "InvalidLaunchTemplateId.VersionNotFound" or "InvalidAMIID.Unavailable";

        /// <summary>An id that cannot exist.</summary>
        public bool IsMalformed => exception.Code.EndsWith(".Malformed", StringComparison.Ordinal)
            || exception.Code.EndsWith(".MalformedException", StringComparison.Ordinal);

        /// <summary>An instance named in the call is gone, or not visible yet.</summary>
        public bool IsInstanceNotFound => exception.Code is "InvalidInstanceID.NotFound";

        /// <summary>The instance has termination protection.</summary>
        public bool IsTerminationRefused => exception.Code is "OperationNotPermitted";

        /// <inheritdoc cref="Ec2Errors.IsLaunchTemplateNotFound(string?)"/>
        public bool IsLaunchTemplateNotFound => IsLaunchTemplateNotFound(exception.Code);

        /// <summary>A launch template with this name already exists.</summary>
        public bool IsLaunchTemplateAlreadyExists => exception.Code is "InvalidLaunchTemplateName.AlreadyExistsException";

        /// <summary>The token was used with other parameters: use a new one.</summary>
        public bool IsIdempotentParameterMismatch => exception.Code is "IdempotentParameterMismatch";

        /// <inheritdoc cref="Ec2Errors.IsInsufficientCapacity(string?)"/>
        public bool IsInsufficientCapacity => IsInsufficientCapacity(exception.Code);

        /// <inheritdoc cref="Ec2Errors.IsQuotaExceeded(string?)"/>
        public bool IsQuotaExceeded => IsQuotaExceeded(exception.Code);

        /// <inheritdoc cref="Ec2Errors.IsSubnetFull(string?)"/>
        public bool IsSubnetFull => IsSubnetFull(exception.Code);

        /// <inheritdoc cref="Ec2Errors.IsMaxPriceTooLow(string?)"/>
        public bool IsMaxPriceTooLow => IsMaxPriceTooLow(exception.Code);

        /// <inheritdoc cref="Ec2Errors.IsUnsupported(string?)"/>
        public bool IsUnsupported => IsUnsupported(exception.Code);

        /// <inheritdoc cref="Ec2Errors.IsSpotServiceRoleMissing(string?)"/>
        public bool IsSpotServiceRoleMissing => IsSpotServiceRoleMissing(exception.Code);
    }
}
