namespace Operator.Aws.Clients;

/// <summary>What EC2 says of a launch that names something which does not exist or does not fit. See also <see cref="Ec2Errors"/>.</summary>
internal static class Ec2LaunchErrors
{
    extension(AwsException exception)
    {
        /// <summary>The image was deregistered, or is not shared any more.</summary>
        public bool IsImageNotFound => exception.Code.StartsWith("InvalidAMIID.", StringComparison.Ordinal);

        /// <summary>The image is there, and its owner does not share it with this account (any more).</summary>
        public bool IsImageNotShared => exception.Code is "AuthFailure" && exception.Message.Contains("Not authorized for images", StringComparison.OrdinalIgnoreCase);

        /// <summary>The launch template is there, and the version that was to be launched is not.</summary>
        public bool IsLaunchTemplateVersionGone => exception.Code is "InvalidLaunchTemplateId.VersionNotFound";

        /// <summary>The subnet was deleted.</summary>
        public bool IsSubnetNotFound => exception.Code is "InvalidSubnetID.NotFound" or "InvalidSubnetId.NotFound";

        /// <summary>The security group was deleted.</summary>
        public bool IsSecurityGroupNotFound => exception.Code is "InvalidGroup.NotFound" or "InvalidSecurityGroupID.NotFound" or "InvalidGroupId.NotFound";

        /// <summary>There is no key pair of that name.</summary>
        public bool IsKeyPairNotFound => exception.Code is "InvalidKeyPair.NotFound";

        /// <summary>There is no such snapshot, or it is not shared.</summary>
        public bool IsSnapshotNotFound => exception.Code is "InvalidSnapshot.NotFound" or "InvalidSnapshotID.NotFound";

        /// <summary>The volumes do not suit the image or the instance type.</summary>
        public bool IsBlockDeviceMappingInvalid => exception.Code is "InvalidBlockDeviceMapping";

        /// <summary>The key of a volume cannot be used.</summary>
        public bool IsVolumeKeyUnusable => exception.Code.Contains("KMSKey", StringComparison.OrdinalIgnoreCase);

        /// <summary>There is no instance profile of that name, or not yet everywhere: IAM is eventually consistent.</summary>
        public bool IsInstanceProfileNotFound => exception.Code is "InvalidParameterValue" or "InvalidIamInstanceProfileArn" or "InvalidParameter"
            && exception.Message.Replace(" ", "", StringComparison.Ordinal).Contains("iamInstanceProfile", StringComparison.OrdinalIgnoreCase);

        /// <summary>Security group and subnet are of two VPCs.</summary>
        public bool IsVpcMismatch => exception.Message.Contains("belong to different networks", StringComparison.OrdinalIgnoreCase);

        /// <summary>What the token launched has ended: take a new one.</summary>
        public bool IsTokenOfAnEndedInstance => exception.Code is "IdempotentInstanceTerminated";
    }
}
