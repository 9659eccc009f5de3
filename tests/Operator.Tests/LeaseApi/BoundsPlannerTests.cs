using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.LeaseApi;
using Operator.Simulator.Time;
using Operator.Tests.Leases;

namespace Operator.Tests.LeaseApi;

public sealed class BoundsPlannerTests
{
    private readonly V1Alpha1RunnerPool _pool = WorkflowTokensTests.Pool("https://github.com/my-org");

    [Fact]
    public void Request_OfNothing_IsOneRunner_ForNoLongerThanThePoolAllows()
    {
        var (spec, problem) = BoundsPlanner.Plan(new(), _pool, Some.Pool, held: 0);

        Assert.Null(problem);
        Assert.Equal((1, "6h", "15m", "linux"), (spec!.Count, spec.Ttl, spec.ProvisionTimeout, spec.PoolName));
        Assert.Null(spec.UsageClass);
        Assert.Null(spec.InstanceTypes);
    }

    [Fact]
    public void Request_WithinBounds_IsTakenOver()
    {
        (_pool.Spec.Access!.ResourceClassNames, _pool.Spec.Access.MaxRuntime) = (["huge"], "3h");
        var (spec, problem) = BoundsPlanner.Plan(
            new() { Count = 3, UsageClass = "on-demand", InstanceTypes = ["c*", "m7a.large", "c*"], ResourceClass = "huge", MaxRuntime = "3h", Ttl = "2h", ProvisionTimeout = "5m" }, _pool, Some.Pool, held: 0);

        Assert.Null(problem);
        Assert.Equal((3, UsageClass.OnDemand, "huge", "3h", "2h", "5m"), (spec!.Count, spec.UsageClass, spec.ResourceClassName, spec.MaxRuntime, spec.Ttl, spec.ProvisionTimeout));
        Assert.Equal(["c*", "m7a.large"], spec.InstanceTypes!.Allowed);
    }

    [Fact]
    public void Request_ForAnImageAndWithAScript_IsTakenOverWhereThePoolLetsLeasesChoose()
    {
        _pool.Spec.JobOverrides = new() { Images = ["android"], PreRunnerScript = true };
        var longest = "#!/bin/bash\n" + new string('x', RunnerLeaseSpec.MaxScriptLength - 12);

        var (spec, problem) = BoundsPlanner.Plan(new() { Image = "android", PreRunnerScript = longest }, _pool, Some.Pool, held: 0);

        Assert.Null(problem);
        Assert.Equal(("android", longest), (spec!.Resources!.Image, spec.PreRunnerScript));
    }

    [Theory]
    [InlineData("", "Malformed")]
    [InlineData("echo hello", "Malformed")]
    [InlineData("#!/bin/bash\necho h\u00e9", "Malformed")]
    [InlineData("#!/bin/bash\u0000", "Malformed")]
    [InlineData(null, "Malformed")]
    public void Request_WithAScriptThatIsNone_IsRefused(string? script, string reason)
    {
        _pool.Spec.JobOverrides = new() { PreRunnerScript = true };

        Assert.Equal(reason, BoundsPlanner.Plan(new() { PreRunnerScript = script ?? "#!" + new string('x', RunnerLeaseSpec.MaxScriptLength - 1) }, _pool, Some.Pool, held: 0).Problem?.Reason);
    }

    [Fact]
    public void Request_ForAnotherImage_IsToldWhichThereAre()
    {
        _pool.Spec.JobOverrides = new() { Images = ["android", "tools"] };

        var problem = BoundsPlanner.Plan(new() { Image = "ios" }, _pool, Some.Pool, held: 0).Problem;

        Assert.Equal("ImageNotAllowed", problem!.Reason);
        Assert.Contains("android, tools", problem.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<string, LeaseRequestCase> Beyond() => new()
    {
        { "CountNotAllowed", new(new() { Count = 0 }) },
        { "CountNotAllowed", new(new() { Count = -1 }) },
        { "CountNotAllowed", new(new() { Count = 6 }) },
        { "CountNotAllowed", new(new() { Count = 101 }) },
        { "QuotaReached", new(new() { Count = 3 }) },
        { "UsageClassNotAllowed", new(new() { UsageClass = "on-demand" }) },
        { "UsageClassNotAllowed", new(new() { UsageClass = "free" }) },
        { "ResourceClassNotAllowed", new(new() { ResourceClass = "huge" }) },
        { "ImageNotAllowed", new(new() { Image = "android" }) },
        { "ScriptNotAllowed", new(new() { PreRunnerScript = "#!/bin/bash" }) },
        { "Malformed", new(new() { InstanceTypes = ["c*; rm"] }) },
        { "Malformed", new(new() { InstanceTypes = [.. Enumerable.Range(0, 51).Select(number => $"c{number}")] }) },
        { "Malformed", new(new() { MaxRuntime = "a while" }) },
        { "Malformed", new(new() { Ttl = "0s" }) },
        { "Malformed", new(new() { Ttl = "-5m" }) },
        { "TimeNotAllowed", new(new() { MaxRuntime = "61m" }) },
        { "TimeNotAllowed", new(new() { Ttl = "4h1m" }) },
        { "TimeNotAllowed", new(new() { ProvisionTimeout = "2h" }) },
    };

    [Theory]
    [MemberData(nameof(Beyond))]
    public void Request_BeyondTheBounds_IsRefused_AndSaysWhatMayBe(string reason, LeaseRequestCase request)
    {
        _pool.Spec.Access = new() { MaxCount = 5, MaxPerRepository = 6, MaxTtl = "4h", UsageClasses = [UsageClass.Spot] };

        var (spec, problem) = BoundsPlanner.Plan(request.Request, _pool, Some.Pool, held: 4);

        Assert.Null(spec);
        Assert.Equal(reason, problem!.Reason);
        Assert.Contains(problem.Status, new[] { 400, 422, 429 });
    }

    [Fact]
    public void Count_IsNeverAboveMaxRunners() =>
        Assert.Equal("CountNotAllowed", BoundsPlanner.Plan(new() { Count = 3 }, _pool, Some.Pool with { MaxRunners = 2 }, held: 0).Problem!.Reason);

    [Fact]
    public void RepositoryLimits_OneThatFloods_WaitsAlone()
    {
        var clock = new ManualTimeProvider();
        var limits = new RepositoryLimits(new() { Burst = 3, RefillEvery = TimeSpan.FromSeconds(2) }, clock);

        for (var i = 0; i < 3; i++)
        {
            Assert.Null(limits.Take("a"));
        }

        Assert.Equal(TimeSpan.FromSeconds(2), limits.Take("a"));
        Assert.Null(limits.Take("b"));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(limits.Take("a"));
        Assert.NotNull(limits.Take("a"));
    }

    [Fact]
    public void RepositoryLimits_RemembersNoMoreThanItMust()
    {
        var clock = new ManualTimeProvider();
        var limits = new RepositoryLimits(new() { Burst = 1 }, clock);
        for (var i = 0; i < RepositoryLimits.MostRepositories; i++)
        {
            Assert.Null(limits.Take($"{i}"));
        }

        Assert.NotNull(limits.Take("one more")); // all others have just asked
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(limits.Take("one more"));
    }

    [Fact]
    public void RepositoryLimits_Waits_AreBoundedForEachAndForAll()
    {
        var limits = new RepositoryLimits(new() { Waits = 3, WaitsPerRepository = 2 }, new ManualTimeProvider());
        var (first, second) = (limits.BeginWait("a"), limits.BeginWait("a"));

        Assert.NotNull(first);
        Assert.NotNull(second);
        Assert.Null(limits.BeginWait("a"));
        Assert.NotNull(limits.BeginWait("b"));
        Assert.Null(limits.BeginWait("c"));
        first.Dispose();
        first.Dispose();
        Assert.NotNull(limits.BeginWait("c"));
        Assert.Null(limits.BeginWait("c"));
    }

    public sealed record LeaseRequestCase
    {
        internal LeaseRequestCase(LeaseRequest request) => Request = request;

        internal LeaseRequest Request { get; }
    }
}
