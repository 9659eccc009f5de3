namespace Operator.Tests.Shared;

/// <summary>Every error code that a launch may bring and the product classifies, with the reason that it has. One place, so that none has a row in one suite and not in the other.</summary>
public static class Ec2Codes
{
    /// <summary>Codes by the reason of their condition.</summary>
    public static IReadOnlyDictionary<string, string[]> ByReason { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["InsufficientCapacity"] =
        [
            "InsufficientInstanceCapacity", "UnfulfillableCapacity", "InsufficientHostCapacity", "InsufficientReservedInstanceCapacity", "InsufficientCapacity",
            "InsufficientCapacityOnHost", "InsufficientVolumeCapacity", "InsufficientAddressCapacity", "ReservationCapacityExceeded",
        ],
        ["QuotaExceeded"] =
        [
            "VcpuLimitExceeded", "InstanceLimitExceeded", "MaxSpotInstanceCountExceeded", "MaxFleetCountExceeded", "MaxSpotFleetRequestCountExceeded", "ResourceLimitExceeded",
            "VolumeLimitExceeded", "MaxIOPSLimitExceeded", "NetworkInterfaceLimitExceeded", "TargetCapacityLimitExceededException", "SpotMaxInstanceCountExceeded",
            "ResourceCountLimitExceeded", "MaxTemplateLimitExceeded", "TagLimitExceeded", "AddressLimitExceeded", "AttachmentLimitExceeded", "ParameterLimitExceeded",
        ],
        ["SubnetFull"] = ["InsufficientFreeAddressesInSubnet", "PrivateIpAddressLimitExceeded"],
        ["SpotPriceTooLow"] = ["SpotMaxPriceTooLow"],
        ["Unsupported"] = ["Unsupported", "UnsupportedOperation", "InvalidFleetConfiguration", "UnsupportedHibernationConfiguration", "UnsupportedInstanceTypeOnHost"],
        ["SpotRoleMissing"] = ["AuthFailure.ServiceLinkedRoleCreationNotPermitted"],
        ["LaunchTemplateNotFound"] =
        [
            "InvalidLaunchTemplateName.NotFoundException", "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.NotFoundException", "InvalidLaunchTemplateId.VersionNotFound",
        ],
        ["ImageNotFound"] = ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"],
        ["SubnetNotFound"] = ["InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound"],
        ["SecurityGroupNotFound"] = ["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound", "InvalidGroupId.NotFound"],
        ["KeyPairNotFound"] = ["InvalidKeyPair.NotFound"],
        ["SnapshotNotFound"] = ["InvalidSnapshot.NotFound", "InvalidSnapshotID.NotFound"],
        ["InvalidBlockDeviceMapping"] = ["InvalidBlockDeviceMapping"],
        ["VolumeKeyUnusable"] = ["InvalidKMSKey.InvalidState"],
        ["LaunchTokenSpent"] = ["IdempotentInstanceTerminated"],
        ["Throttled"] =
        [
            "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException", "TooManyRequestsException",
            "TooManyUpdates", "SlowDown", "EC2ThrottledException", "BandwidthLimitExceeded",
        ],
        ["AwsUnavailable"] = ["InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "Unavailable"],
        ["AccessDenied"] = ["UnauthorizedOperation", "AuthFailure", "AccessDenied", "AccessDeniedException"],
        ["CredentialsUnavailable"] =
        [
            "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException", "ExpiredToken", "ExpiredTokenException",
            "MissingAuthenticationToken", "IncompleteSignature",
        ],
        ["AccountNotReady"] = ["OptInRequired", "PendingVerification", "Blocked"],
        ["ClockWrong"] = ["RequestExpired", "RequestTimeTooSkewed"],
        ["InstanceProfileNotFound"] = ["InvalidParameterValue", "InvalidIamInstanceProfileArn", "InvalidParameter"],
        ["VpcMismatch"] = ["InvalidParameter"],
        ["LaunchRefused"] = ["SomethingNew"],
    };

    /// <summary>What EC2 says with a code, where that decides.</summary>
    /// <param name="reason">The reason that it is to have.</param>
    public static string MessageFor(string reason) => reason switch
    {
        "InstanceProfileNotFound" => "Value (ci-runner) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        "VpcMismatch" => "Security group sg-1 and subnet subnet-1 belong to different networks.",
        _ => "injected",
    };

    /// <summary>All of them, each with its reason.</summary>
    public static IEnumerable<(string Code, string Reason)> All => ByReason.SelectMany(pair => pair.Value.Select(code => (code, pair.Key)));
}
