using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Aws.Clients;
using Operator.Aws.Fleets;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Common;
using Operator.Runtime;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Fleets;

/// <summary>What a fleet that was refused as a whole says of itself, and of an earlier request with the same intent.</summary>
public sealed class FleetLaunchBackendTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly FakeEc2 _ec2 = new();
    private readonly FleetLaunchBackend _backend;
    private readonly InstanceLauncher _launcher;

    public FleetLaunchBackendTests()
    {
        var (unavailable, subnets) = (new UnavailableOfferings(_clock), new SubnetProvider(_ec2, _clock));
        var lessons = new LaunchLessons(
            unavailable, new Ec2LaunchTemplateProvider(_ec2, new("cluster")), new ImageProvider(_ec2, _clock), subnets, new SecurityGroupProvider(_ec2, _clock));
        var environment = new RuntimeEnvironment(_clock, () => 0, () => Guid.Empty, NullLoggerFactory.Instance, new RuntimeMetrics(new Instruments()));
        _backend = new(_ec2, new(new InstanceTypeProvider(_ec2, _clock), subnets, unavailable), lessons, new(environment), new("cluster"), _clock);
        _launcher = new(_backend, _clock, () => Guid.Empty);
        _ec2.Subnets.Add(new() { SubnetId = "subnet-a", AvailabilityZone = "a" });
        _ec2.Offerings.Add(new() { InstanceType = "m5.large", Location = "a" });
        _ec2.InstanceTypes.Add(new()
        {
            InstanceType = "m5.large",
            VCpuInfo = new() { DefaultVCpus = 2 },
            MemoryInfo = new() { SizeInMiB = 8192 },
            ProcessorInfo = new() { SupportedArchitectures = ["x86_64"] },
            SupportedUsageClasses = ["spot"],
        });
    }

    [Theory]
    [InlineData("RequestLimitExceeded", 503, "Throttled", false)]
    [InlineData("UnauthorizedOperation", 403, "AccessDenied", false)]
    [InlineData("ExpiredToken", 400, "CredentialsUnavailable", false)]
    [InlineData("InsufficientInstanceCapacity", 500, "InsufficientCapacity", true)] // one of EC2's server errors, and yet an answer
    [InlineData("InvalidLaunchTemplateId.NotFound", 400, "LaunchTemplateNotFound", true)]
    [InlineData("IdempotentInstanceTerminated", 400, "LaunchTokenSpent", true)]
    public async Task Launch_RefusedAsAWhole_HasItsReason_AndIsConclusiveOnlyWhereEc2HasLooked(string code, int status, string reason, bool isConclusive)
    {
        var refusal = Refuse(code, status);

        var result = await LaunchAsync();

        Assert.Equal((reason, isConclusive), (result.Failure?.Reason, result.IsConclusive));
        Assert.Same(refusal, result.Failure!.InnerException);
        if (isConclusive)
        {
            Assert.Equal(reason, (await RepeatAsync()).Failure?.Reason);
        }
        else
        {
            // Whatever the first request has launched, this answer does not tell: the intent must not be forgotten for it.
            await Assert.ThrowsAsync<LaunchTokenUsedException>(RepeatAsync);
        }
    }

    [Fact]
    public async Task Repeat_NothingToOfferAtTheMoment_DoesNotForgetTheIntent()
    {
        _ec2.OnCreateFleet = () => new()
        {
            Errors = [new() { ErrorCode = "UnfulfillableCapacity", LaunchTemplateAndOverrides = new() { Overrides = new() { InstanceType = "m5.large", SubnetId = "subnet-a" } } }],
        };
        Assert.True((await LaunchAsync()).IsConclusive);

        var nothing = await LaunchAsync();
        Assert.Equal(("InsufficientCapacity", false), (nothing.Failure?.Reason, nothing.IsConclusive));
        await Assert.ThrowsAsync<LaunchTokenUsedException>(RepeatAsync);
    }

    [Theory]
    [InlineData("ServiceUnavailable", 503)]
    [InlineData("InternalError", 500)]
    public async Task Launch_NoAnswer_LeavesTheIntentOpen_AndKeepsTheCause(string code, int status)
    {
        var refusal = Refuse(code, status);

        var failure = await Assert.ThrowsAsync<ProviderException>(LaunchAsync);

        Assert.Equal("AwsUnavailable", failure.Reason);
        Assert.Same(refusal, failure.InnerException);
    }

    [Fact]
    public async Task Launch_TokenOfAnotherOrder_IsLookedFor()
    {
        Refuse("IdempotentParameterMismatch", 400);

        await Assert.ThrowsAsync<LaunchTokenUsedException>(LaunchAsync);
    }

    [Fact]
    public async Task Repeat_OfWhatHadNoAnswer_IsTheSameRequest_ThoughThePoolHasChanged()
    {
        Refuse("ServiceUnavailable", 503);
        await Assert.ThrowsAsync<ProviderException>(LaunchAsync);
        var other = new LaunchOrder("intent", FleetRequestsTests.Need with { MaxSpotPrice = "9", Template = new("lt-other", "other", "1", "other") }, Count: 7);
        _ec2.OnCreateFleet = () => new() { Instances = [new() { InstanceIds = ["i-1"], InstanceType = "m5.large" }] };

        var result = await _backend.LaunchAsync(other, CancellationToken.None);
        await _backend.LaunchAsync(other with { IntentId = "next" }, CancellationToken.None);

        Assert.Equal("i-1", Assert.Single(result.Instances).Id);
        var requests = _ec2.Requests.OfType<Amazon.EC2.Model.CreateFleetRequest>().ToList();
        Assert.Equal(Text(requests[0]), Text(requests[1]));
        Assert.NotEqual(Text(requests[0]), Text(requests[2]));
    }

    [Fact]
    public async Task Answered_IsNotRemembered()
    {
        Refuse("ServiceUnavailable", 503);
        await Assert.ThrowsAsync<ProviderException>(LaunchAsync);
        _ec2.OnCreateFleet = () => new() { Instances = [new() { InstanceIds = ["i-1"], InstanceType = "m5.large" }] };
        await LaunchAsync();

        await _backend.LaunchAsync(Order with { Count = 2 }, CancellationToken.None);

        Assert.Equal(2, _ec2.Requests.OfType<Amazon.EC2.Model.CreateFleetRequest>().Last().TargetCapacitySpecification.TotalTargetCapacity);
    }

    private static string Text(Amazon.EC2.Model.CreateFleetRequest request) => System.Text.Json.JsonSerializer.Serialize(new
    {
        request.ClientToken,
        request.TargetCapacitySpecification.TotalTargetCapacity,
        Configs = request.LaunchTemplateConfigs.Select(config => new
        {
            config.LaunchTemplateSpecification.LaunchTemplateId,
            Overrides = config.Overrides.Select(row => new { row.InstanceType, row.SubnetId, row.MaxPrice }),
        }),
        Tags = request.TagSpecifications.SelectMany(tags => tags.Tags.Select(tag => $"{tag.Key}={tag.Value}")),
    });

    private AwsException Refuse(string code, int status)
    {
        var refusal = new AwsException("EC2", code, "no", (HttpStatusCode)status);
        _ec2.OnCreateFleet = () => throw refusal;
        return refusal;
    }

    private Task<LaunchResult> LaunchAsync() => _backend.LaunchAsync(Order, CancellationToken.None);

    private Task<LaunchShare> RepeatAsync() => _launcher.RepeatAsync("linux-0", ["linux-0"], Order, CancellationToken.None);

    private static LaunchOrder Order => new("intent", FleetRequestsTests.Need, Count: 1);
}
