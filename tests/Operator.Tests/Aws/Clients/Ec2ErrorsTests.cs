using System.Net;
using Operator.Aws.Clients;

namespace Operator.Tests.Aws.Clients;

public sealed class Ec2ErrorsTests
{
    [Fact]
    public async Task Failure_ErrorDocument_BecomesTypedException()
    {
        var failure = await StubHttp.Ec2FailureAsync(
            HttpStatusCode.BadRequest,
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>The instance ID 'i-1' does not exist</Message></Error></Errors><RequestID>req-1</RequestID></Response>
            """);

        Assert.Equal("EC2", failure.Service);
        Assert.Equal("InvalidInstanceID.NotFound", failure.Code);
        Assert.Equal(HttpStatusCode.BadRequest, failure.Status);
        Assert.Equal("req-1", failure.RequestId);
        Assert.Equal("EC2 DescribeInstances: The instance ID 'i-1' does not exist", failure.Message);
        Assert.True(failure.IsInstanceNotFound);
    }

    [Theory]
    [InlineData("RequestLimitExceeded", "Throttled")]
    [InlineData("Throttling", "Throttled")]
    [InlineData("UnauthorizedOperation", "Unauthorized")]
    [InlineData("AuthFailure", "Unauthorized")]
    [InlineData("ExpiredToken", "Unauthorized")]
    [InlineData("InsufficientInstanceCapacity", "InsufficientCapacity")]
    [InlineData("UnfulfillableCapacity", "InsufficientCapacity")]
    [InlineData("VcpuLimitExceeded", "QuotaExceeded")]
    [InlineData("MaxSpotInstanceCountExceeded", "QuotaExceeded")]
    [InlineData("InsufficientFreeAddressesInSubnet", "SubnetFull")]
    [InlineData("SpotMaxPriceTooLow", "MaxPriceTooLow")]
    [InlineData("Unsupported", "Unsupported")]
    [InlineData("AuthFailure.ServiceLinkedRoleCreationNotPermitted", "SpotServiceRoleMissing")]
    [InlineData("InvalidLaunchTemplateName.NotFoundException", "NotFound LaunchTemplateNotFound")]
    [InlineData("InvalidLaunchTemplateId.NotFound", "NotFound LaunchTemplateNotFound")]
    [InlineData("InvalidLaunchTemplateName.AlreadyExistsException", "LaunchTemplateAlreadyExists")]
    [InlineData("InvalidInstanceID.NotFound", "NotFound InstanceNotFound")]
    [InlineData("InvalidInstanceID.Malformed", "Malformed")]
    [InlineData("InvalidAMIID.NotFound", "NotFound")]
    [InlineData("InvalidAMIID.Unavailable", "NotFound")]
    [InlineData("IdempotentParameterMismatch", "IdempotentParameterMismatch")]
    [InlineData("SomethingNew", "")]
    public void Code_Any_HasExactlyTheseMeanings(string code, string meanings) =>
        Assert.Equal(meanings, string.Join(' ', MeaningsOf(new AwsException("EC2", code, "m", HttpStatusCode.BadRequest))));

    [Fact]
    public void Outcome_ServerError_IsUnknownUnlessThrottled()
    {
        Assert.True(new AwsException("EC2", "InternalError", "m", HttpStatusCode.InternalServerError).IsOutcomeUnknown);
        Assert.False(new AwsException("EC2", "RequestLimitExceeded", "m", HttpStatusCode.ServiceUnavailable).IsOutcomeUnknown);
        Assert.False(new AwsException("EC2", "InvalidParameterValue", "m", HttpStatusCode.BadRequest).IsOutcomeUnknown);
    }

    private static IEnumerable<string> MeaningsOf(AwsException e) => new (bool Is, string Name)[]
    {
        (e.IsThrottled, "Throttled"),
        (e.IsUnauthorized, "Unauthorized"),
        (e.IsNotFound, "NotFound"),
        (e.IsMalformed, "Malformed"),
        (e.IsInstanceNotFound, "InstanceNotFound"),
        (e.IsLaunchTemplateNotFound, "LaunchTemplateNotFound"),
        (e.IsLaunchTemplateAlreadyExists, "LaunchTemplateAlreadyExists"),
        (e.IsIdempotentParameterMismatch, "IdempotentParameterMismatch"),
        (e.IsInsufficientCapacity, "InsufficientCapacity"),
        (e.IsQuotaExceeded, "QuotaExceeded"),
        (e.IsSubnetFull, "SubnetFull"),
        (e.IsMaxPriceTooLow, "MaxPriceTooLow"),
        (e.IsUnsupported, "Unsupported"),
        (e.IsSpotServiceRoleMissing, "SpotServiceRoleMissing"),
    }.Where(meaning => meaning.Is).Select(meaning => meaning.Name);
}
