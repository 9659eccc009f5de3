namespace Operator.Aws.Clients;

/// <summary>Errors of launches that refer to missing or incompatible resources. See also <see cref="Ec2Errors"/>.</summary>
internal static class Ec2LaunchErrors
{
    extension(AwsException exception)
    {
        /// <summary>The image was deregistered, or is no longer shared.</summary>
        public bool IsImageNotFound => exception.Code.StartsWith("InvalidAMIID.", StringComparison.Ordinal);

        /// <summary>The image exists, but its owner does not or no longer share it with this account.</summary>
        public bool IsImageNotShared => exception.Code is "AuthFailure" && exception.Message.Contains("Not authorized for images", StringComparison.OrdinalIgnoreCase);

        /// <summary>The launch template exists, but not the requested version.</summary>
        public bool IsLaunchTemplateVersionGone => exception.Code is "InvalidLaunchTemplateId.VersionNotFound";

        /// <summary>The subnet was deleted.</summary>
        public bool IsSubnetNotFound => exception.Code is "InvalidSubnetID.NotFound" or "InvalidSubnetId.NotFound";

        /// <summary>The security group was deleted.</summary>
        public bool IsSecurityGroupNotFound => exception.Code is "InvalidGroup.NotFound" or "InvalidSecurityGroupID.NotFound" or "InvalidGroupId.NotFound";

        /// <summary>There is no key pair of this name.</summary>
        public bool IsKeyPairNotFound => exception.Code is "InvalidKeyPair.NotFound";

        /// <summary>There is no such snapshot, or it is not shared.</summary>
        public bool IsSnapshotNotFound => exception.Code is "InvalidSnapshot.NotFound" or "InvalidSnapshotID.NotFound";

        /// <summary>The volumes do not match the image or the instance type.</summary>
        public bool IsBlockDeviceMappingInvalid => exception.Code is "InvalidBlockDeviceMapping";

        /// <summary>A volume's key cannot be used.</summary>
        public bool IsVolumeKeyUnusable => exception.Code.Contains("KMSKey", StringComparison.OrdinalIgnoreCase);

        /// <summary>There is no instance profile of this name, or it is not visible yet: IAM is eventually consistent.</summary>
        public bool IsInstanceProfileNotFound => exception.Code is "InvalidParameterValue" or "InvalidIamInstanceProfileArn" or "InvalidParameter"
            && exception.Message.Replace(" ", "", StringComparison.Ordinal).Contains("iamInstanceProfile", StringComparison.OrdinalIgnoreCase);

        /// <summary>Security group and subnet are in different VPCs.</summary>
        public bool IsVpcMismatch => exception.Message.Contains("belong to different networks", StringComparison.OrdinalIgnoreCase);

        /// <summary>The instance launched with this token has terminated: use a new token.</summary>
        public bool IsTokenOfAnEndedInstance => exception.Code is "IdempotentInstanceTerminated";
    }
}
