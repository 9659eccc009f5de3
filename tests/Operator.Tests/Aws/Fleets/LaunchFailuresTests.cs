using System.Net;
using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Fleets;
using Operator.Common;

namespace Operator.Tests.Aws.Fleets;

/// <summary>EC2's codes in the words of a condition: the same in a row of a fleet and as a whole answer.</summary>
public sealed class LaunchFailuresTests
{
    private static readonly LaunchNeed Need = FleetRequestsTests.Need;

    public static TheoryData<string, string, string, int> Codes => new()
    {
        // code, message, reason, seconds until the next attempt
        { "UnauthorizedOperation", "You are not authorized to perform this operation.", "AccessDenied", 20 },
        { "AuthFailure", "Not authorized for images: [ami-1]", "AccessDenied", 20 },
        { "AuthFailure", "AWS was not able to validate the provided access credentials", "CredentialsUnavailable", 10 },
        { "AuthFailure.ServiceLinkedRoleCreationNotPermitted", "no", "SpotRoleMissing", 20 },
        { "RequestLimitExceeded", "Request limit exceeded.", "Throttled", 10 },
        { "InternalError", "An internal error has occurred", "AwsUnavailable", 10 },
        { "InternalFailure", "no", "AwsUnavailable", 10 },
        { "ServiceUnavailable", "no", "AwsUnavailable", 10 },
        { "Unavailable", "no", "AwsUnavailable", 10 },
        { "Unsupported", "Your requested instance type is not supported in your requested Availability Zone", "Unsupported", 5 },
        { "UnsupportedOperation", "no", "Unsupported", 5 },
        { "InvalidFleetConfiguration", "Your requested instance type is not supported in your requested Availability Zone", "Unsupported", 5 },
        { "InsufficientInstanceCapacity", "no", "InsufficientCapacity", 5 },
        { "UnfulfillableCapacity", "no", "InsufficientCapacity", 5 },
        { "InsufficientHostCapacity", "no", "InsufficientCapacity", 5 },
        { "InsufficientVolumeCapacity", "no", "InsufficientCapacity", 5 },
        { "InsufficientAddressCapacity", "no", "InsufficientCapacity", 5 },
        { "ReservationCapacityExceeded", "no", "InsufficientCapacity", 5 },
        { "MaxSpotInstanceCountExceeded", "no", "QuotaExceeded", 20 },
        { "VcpuLimitExceeded", "no", "QuotaExceeded", 20 },
        { "InstanceLimitExceeded", "no", "QuotaExceeded", 20 },
        { "MaxFleetCountExceeded", "no", "QuotaExceeded", 20 },
        { "TagLimitExceeded", "no", "QuotaExceeded", 20 },
        { "AddressLimitExceeded", "no", "QuotaExceeded", 20 },
        { "AttachmentLimitExceeded", "no", "QuotaExceeded", 20 },
        { "InsufficientFreeAddressesInSubnet", "no", "SubnetFull", 5 },
        { "SpotMaxPriceTooLow", "no", "SpotPriceTooLow", 20 },
        { "InvalidLaunchTemplateId.NotFound", "no", "LaunchTemplateNotFound", 5 },
        { "InvalidLaunchTemplateId.VersionNotFound", "no", "LaunchTemplateNotFound", 5 },
        { "InvalidAMIID.NotFound", "The image id '[ami-1]' does not exist", "ImageNotFound", 20 },
        { "InvalidAMIID.Unavailable", "no", "ImageNotFound", 20 },
        { "InvalidParameterValue", "Value (ci) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", "InstanceProfileNotFound", 10 },
        { "InvalidParameter", "Security group sg-1 and subnet subnet-1 belong to different networks.", "VpcMismatch", 20 },
        { "InvalidParameterValue", "something else", "LaunchRefused", 20 },
        { "InvalidSubnetID.NotFound", "no", "SubnetNotFound", 20 },
        { "InvalidGroup.NotFound", "no", "SecurityGroupNotFound", 20 },
        { "InvalidKeyPair.NotFound", "no", "KeyPairNotFound", 20 },
        { "InvalidBlockDeviceMapping", "no", "InvalidBlockDeviceMapping", 20 },
        { "InvalidSnapshot.NotFound", "no", "SnapshotNotFound", 20 },
        { "PendingVerification", "Your request for accessing resources in this region is being validated", "AccountNotReady", 20 },
        { "OptInRequired", "You are not subscribed to this service", "AccountNotReady", 20 },
        { "Blocked", "This account is currently blocked", "AccountNotReady", 20 },
        { "ExpiredToken", "no", "CredentialsUnavailable", 10 },
        { "InvalidClientTokenId", "no", "CredentialsUnavailable", 10 },
        { "SignatureDoesNotMatch", "no", "CredentialsUnavailable", 10 },
        { "SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z", "ClockWrong", 10 },
        { "RequestExpired", "Request has expired.", "ClockWrong", 10 },
        { "IdempotentInstanceTerminated", "no", "LaunchTokenSpent", 1 },
        { "OperationNotPermitted", "no", "LaunchRefused", 20 },
        { "SomethingNew", "no", "LaunchRefused", 20 },
    };

    [Theory]
    [MemberData(nameof(Codes))]
    public void Of_Code_InARowAndAsAWhole_HasOneReasonAndPause(string code, string message, string reason, int seconds)
    {
        var whole = LaunchFailures.Translate(Need, new AwsException("EC2", code, message, HttpStatusCode.BadRequest));
        var row = LaunchFailures.Translate(Need, FleetRequests.RefusalsOf(Answer((code, message))));

        Assert.Equal((reason, TimeSpan.FromSeconds(seconds)), (whole.Reason, whole.RetryAfter));
        Assert.Equal((reason, TimeSpan.FromSeconds(seconds), whole.Message), (row.Reason, row.RetryAfter, row.Message));
        Assert.Equal(code, Assert.IsType<AwsException>(whole.InnerException).Code);
        Assert.Equal(code, Assert.IsType<AwsException>(row.InnerException).Code);
    }

    [Theory]
    [InlineData("…with an explicit deny in a service control policy", "administrators of the organization")]
    [InlineData("…because no permissions boundary allows the ec2:RunInstances action", "widen the boundary")]
    [InlineData("Not authorized for images: [ami-1]", "share it with this account")]
    [InlineData("…because no identity-based policy allows the ec2:RunInstances action", "operator iam")]
    public void Of_AccessDenied_SaysWhoCanAllowIt(string message, string advice) =>
        Assert.Contains(advice, LaunchFailures.Translate(Need, new AwsException("EC2", "UnauthorizedOperation", message)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("AccessDenied", "InsufficientInstanceCapacity", "VcpuLimitExceeded", "UnauthorizedOperation", "RequestLimitExceeded")]
    [InlineData("QuotaExceeded", "InsufficientInstanceCapacity", "VcpuLimitExceeded", "RequestLimitExceeded")]
    [InlineData("InsufficientCapacity", "RequestLimitExceeded", "Unsupported", "InsufficientInstanceCapacity")]
    [InlineData("Throttled", "RequestLimitExceeded", "RequestLimitExceeded")]
    [InlineData("VpcMismatch", "SomethingNew", "VpcMismatch")]
    public void Of_SeveralRows_TheOneThatExplainsMostDecides_InAnyOrder(string reason, params string[] codes)
    {
        var rows = codes.Select(code => code == "VpcMismatch" ? ("InvalidParameter", "belong to different networks") : (code, "no")).ToArray();

        Assert.Equal(reason, Of(rows).Reason);
        Assert.Equal(reason, Of([.. rows.Reverse()]).Reason);
    }

    [Fact]
    public void Of_RowsThatDifferInTheirTexts_SaysTheSameInAnyOrder()
    {
        (string, string)[] rows = [("UnauthorizedOperation", "not authorized on subnet-b"), ("UnauthorizedOperation", "not authorized on subnet-a")];

        Assert.Equal(Of(rows).Message, Of([.. rows.Reverse()]).Message);
    }

    [Fact]
    public void Of_NoRow_IsWantOfCapacity() => Assert.Equal("InsufficientCapacity", Of([]).Reason);

    [Fact]
    public void AwsFailures_ProtectedInstance_SaysWhatToDo()
    {
        var failure = AwsFailures.Translate(new AwsException("EC2", "OperationNotPermitted", "The instance 'i-1' may not be terminated."), "TerminateInstances");

        Assert.Equal(("TerminationRefused", TimeSpan.FromSeconds(20)), (failure.Reason, failure.RetryAfter));
        Assert.Contains("--no-disable-api-termination", failure.Message, StringComparison.Ordinal);
    }

    private static ProviderException Of(params (string Code, string Message)[] rows) =>
        LaunchFailures.Translate(Need, FleetRequests.RefusalsOf(Answer(rows)));

    private static CreateFleetResponse Answer(params (string Code, string Message)[] rows) =>
        new() { Errors = [.. rows.Select(row => new CreateFleetError { ErrorCode = row.Code, ErrorMessage = row.Message })] };
}
