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

/// <summary>What the rejection of a whole fleet request means for it and for an earlier request with the same intent.</summary>
public sealed class FleetLaunchBackendTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Instruments _instruments = new();
    private readonly FakeEc2 _ec2 = new();
    private readonly FleetLaunchBackend _backend;

    public FleetLaunchBackendTests()
    {
        _backend = NewBackend();
        _ec2.Subnets.Add(new() { SubnetId = "subnet-a", AvailabilityZone = "a" });
        _ec2.Offerings.Add(new() { InstanceType = "m5.large", Location = "a" });
        _ec2.InstanceTypes.Add(new()
        {
            InstanceType = "m5.large",
            VCpuInfo = new() { DefaultVCpus = 2 },
            MemoryInfo = new() { SizeInMiB = 8192 },
            ProcessorInfo = new() { SupportedArchitectures = ["x86_64"] },
            SupportedUsageClasses = ["spot"],
            CurrentGeneration = true,
            Hypervisor = "nitro",
        });
    }

    [Theory]
    [InlineData("RequestLimitExceeded", 503, "Throttled")]
    [InlineData("UnauthorizedOperation", 403, "AccessDenied")]
    [InlineData("ExpiredToken", 400, "CredentialsUnavailable")]
    [InlineData("InsufficientInstanceCapacity", 500, "InsufficientCapacity")] // one of EC2's server errors, and yet an answer
    [InlineData("InvalidLaunchTemplateId.NotFound", 400, "LaunchTemplateNotFound")]
    [InlineData("InvalidParameterValue", 400, "LaunchRefused")]
    [InlineData("IdempotentInstanceTerminated", 400, "LaunchTokenSpent")]
    public async Task Launch_RefusedAsAWhole_HasItsReason_AndOfARepeatOnlyTheTokensOwnErrorTells(string code, int status, string reason)
    {
        var prepared = await PrepareAsync();
        var refusal = Refuse(code, status);

        var result = await LaunchAsync(prepared);

        Assert.Equal(reason, result.Failure?.Reason);
        Assert.Same(refusal, result.Failure!.InnerException);
        if (code == "IdempotentInstanceTerminated")
        {
            Assert.Equal(reason, (await RepeatAsync(prepared)).Failure?.Reason);
        }
        else
        {
            // Whatever the first request has launched, this answer does not tell: the intent must not be forgotten for it.
            await Assert.ThrowsAsync<LaunchOutcomeUnknownException>(() => RepeatAsync(prepared));
        }
    }

    [Fact]
    public async Task Repeat_NothingToOfferAtTheMoment_IsNotSent()
    {
        var prepared = await PrepareAsync();
        _ec2.OnCreateFleet = () => new()
        {
            Errors = [new() { ErrorCode = "UnfulfillableCapacity", LaunchTemplateAndOverrides = new() { Overrides = new() { InstanceType = "m5.large", SubnetId = "subnet-a" } } }],
        };
        await LaunchAsync(prepared);

        Assert.Equal("InsufficientCapacity", (await Assert.ThrowsAsync<ProviderException>(PrepareAsync)).Reason);
        await Assert.ThrowsAsync<LaunchOutcomeUnknownException>(() => RepeatAsync(prepared));
        Assert.Single(_ec2.Requests.OfType<Amazon.EC2.Model.CreateFleetRequest>());
    }

    // Another process has sent it: only what is equal in every part is sent again.
    [Theory]
    [InlineData("", true)]
    [InlineData("price", false)]
    [InlineData("tags", false)]
    [InlineData("disk", false)]
    [InlineData("template", false)]
    [InlineData("usage class", false)]
    [InlineData("subnets", false)]
    [InlineData("types", false)]
    public async Task Repeat_ByAnotherProcess_IsSentOnlyWhereItIsEqual(string changed, bool isSent)
    {
        var prepared = await PrepareAsync();
        _ec2.Subnets.Add(new() { SubnetId = changed == "subnets" ? "subnet-b" : "subnet-a", AvailabilityZone = "a", AvailableIpAddressCount = 9 });
        _ec2.InstanceTypes[0].InstanceType = _ec2.Offerings[0].InstanceType = changed == "types" ? "m6i.large" : "m5.large";
        var need = FleetRequestsTests.Need;
        need = changed switch
        {
            "price" => need with { MaxSpotPrice = "9" },
            "tags" => need with { Tags = new Dictionary<string, string> { ["team"] = "other" } },
            "disk" => need with { RootVolume = new("/dev/xvda", 77) },
            "template" => need with { Template = need.Template with { Id = "lt-other" } },
            "usage class" => need with { UsageClass = need.UsageClass == "spot" ? "on-demand" : "spot" },
            _ => need,
        };
        _ec2.InstanceTypes[0].SupportedUsageClasses = ["spot", "on-demand"];
        _ec2.OnCreateFleet = () => new() { Instances = [new() { InstanceIds = ["i-1"], InstanceType = "m5.large" }] };
        var other = NewBackend();
        var repeat = other.RepeatAsync(Order with { Need = need }, prepared.RequestHash, CancellationToken.None);

        if (isSent)
        {
            Assert.Equal("i-1", Assert.Single((await repeat).Instances).Id);
        }
        else
        {
            await Assert.ThrowsAsync<LaunchOutcomeUnknownException>(() => repeat);
            Assert.Empty(_ec2.Requests.OfType<Amazon.EC2.Model.CreateFleetRequest>());
        }
    }

    [Fact]
    public async Task Repeat_OfAnIntentWithoutAHash_IsNotSent()
    {
        await Assert.ThrowsAsync<LaunchOutcomeUnknownException>(() => _backend.RepeatAsync(Order, requestHash: null, CancellationToken.None));

        Assert.Empty(_ec2.Requests.OfType<Amazon.EC2.Model.CreateFleetRequest>());
    }

    [Theory]
    [InlineData("ServiceUnavailable", 503)]
    [InlineData("InternalError", 500)]
    public async Task Launch_NoAnswer_LeavesTheIntentOpen_AndKeepsTheCause(string code, int status)
    {
        var refusal = Refuse(code, status);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => LaunchAsync());

        Assert.Equal("AwsUnavailable", failure.Reason);
        Assert.Same(refusal, failure.InnerException);
    }

    [Fact]
    public async Task Launch_TokenOfAnotherOrder_IsLookedFor()
    {
        Refuse("IdempotentParameterMismatch", 400);

        await Assert.ThrowsAsync<LaunchOutcomeUnknownException>(() => LaunchAsync());
    }

    [Fact]
    public async Task Repeat_OfWhatHadNoAnswer_IsTheSameRequest_ThoughThePoolHasChanged()
    {
        Refuse("ServiceUnavailable", 503);
        await Assert.ThrowsAsync<ProviderException>(() => LaunchAsync());
        var other = new LaunchRequest("intent", FleetRequestsTests.Need with { MaxSpotPrice = "9", Template = new("lt-other", "other", "1", "other") }, Count: 7);
        _ec2.OnCreateFleet = () => new() { Instances = [new() { InstanceIds = ["i-1"], InstanceType = "m5.large" }] };

        var result = await _backend.RepeatAsync(other, requestHash: null, CancellationToken.None);
        await _backend.LaunchAsync(other with { IntentId = "next" }, await PrepareAsync(), CancellationToken.None);

        Assert.Equal("i-1", Assert.Single(result.Instances).Id);
        var requests = _ec2.Requests.OfType<Amazon.EC2.Model.CreateFleetRequest>().ToList();
        Assert.Equal(Text(requests[0]), Text(requests[1]));
        Assert.NotEqual(Text(requests[0]), Text(requests[2]));
    }

    [Fact]
    public async Task Answered_IsNotRemembered()
    {
        Refuse("ServiceUnavailable", 503);
        await Assert.ThrowsAsync<ProviderException>(() => LaunchAsync());
        _ec2.OnCreateFleet = () => new() { Instances = [new() { InstanceIds = ["i-1"], InstanceType = "m5.large" }] };
        var prepared = await PrepareAsync();
        await RepeatAsync(prepared);

        await _backend.RepeatAsync(Order with { Count = 2 }, prepared.RequestHash, CancellationToken.None);

        Assert.Equal(2, _ec2.Requests.OfType<Amazon.EC2.Model.CreateFleetRequest>().Last().TargetCapacitySpecification.TotalTargetCapacity);
    }

    private FleetLaunchBackend NewBackend()
    {
        var (unavailable, subnets) = (new UnavailableOfferings(_clock), new SubnetProvider(_ec2, _clock));
        var lessons = new LaunchLessons(
            unavailable, new OfferingFailures(_instruments), new Ec2LaunchTemplateProvider(_ec2, new("cluster")), new ImageProvider(_ec2, _clock), subnets, new SecurityGroupProvider(_ec2, _clock));
        var environment = new RuntimeEnvironment(_clock, () => 0, () => Guid.Empty, NullLoggerFactory.Instance, new RuntimeMetrics(new Instruments()));
        return new(_ec2, new(new InstanceTypeProvider(_ec2, _clock), subnets, unavailable, _ec2.Prices(_clock)), lessons, new(environment), new("cluster"), _clock);
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

    private Task<PreparedLaunch> PrepareAsync() => _backend.PrepareAsync(FleetRequestsTests.Need, CancellationToken.None);

    private async Task<LaunchResult> LaunchAsync(PreparedLaunch? prepared = null) =>
        await _backend.LaunchAsync(Order, prepared ?? await PrepareAsync(), CancellationToken.None);

    private Task<LaunchResult> RepeatAsync(PreparedLaunch prepared) => _backend.RepeatAsync(Order, prepared.RequestHash, CancellationToken.None);

    private static LaunchRequest Order => new("intent", FleetRequestsTests.Need, Count: 1);
}
