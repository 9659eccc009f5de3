using Operator.Demand.ScaleSets;
using Operator.Entities.Conditions;
using Operator.Entities.Kubernetes;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Demand;

/// <summary>The capacity that a pool announces: GitHub assigns jobs up to it, and no other pool gets those.</summary>
public sealed class ScaleSetCapacityTests
{
    private static readonly PoolSettings Pool = Some.Pool with { MaxRunners = 5 };

    [Fact]
    public void PoolThatCanLaunch_AnnouncesMaxRunners_WithoutHeldAndDrainingOnes()
    {
        Assert.Equal(5, CapacityOf(Pool));
        Assert.Equal(5, ScaleSetCapacity.Compute(Pool, [], [Some.Idle(), Some.Idle("linux-1")], _ => false));
        Assert.Equal(4, ScaleSetCapacity.Compute(Pool, [], [Some.Idle(change: Some.Hold)], _ => false));
        Assert.Equal(4, ScaleSetCapacity.Compute(Pool, [], [Some.Busy(change: Some.Delete)], _ => false));
        Assert.Equal(5, ScaleSetCapacity.Compute(Pool, [], [Some.Busy(change: Some.Delete)], _ => true));
    }

    [Theory]
    [InlineData(RunnerPoolConditions.Accepted, "InvalidSpec")]
    [InlineData(RunnerPoolConditions.CredentialsReady, "CredentialsMissing")]
    [InlineData(RunnerPoolConditions.TemplateReady, "ImageNotFound")]
    [InlineData(RunnerPoolConditions.Ready, "LeasesRefused")]
    public void PoolThatCannotLaunch_AnnouncesWhatItHas(string condition, string reason)
    {
        Assert.Equal(1, CapacityOf(Pool, Condition(condition, "False", reason)));
        Assert.Equal(5, CapacityOf(Pool, Condition(condition, "True", reason)));
        Assert.Equal(5, CapacityOf(Pool, Condition(condition, "Unknown", reason)));
    }

    [Fact]
    public void PausedPool_AnnouncesWhatItHas() => Assert.Equal(1, CapacityOf(Pool with { IsPaused = true }));

    // With zero, no probe would ever be launched, and the pool would not recover.
    [Fact]
    public void PoolWhoseMachinesFailToBoot_AnnouncesOneMoreThanItHas()
    {
        Assert.Equal(2, CapacityOf(Pool with { Boots = new() { TemplateHash = Some.Pool.Template!.Hash, Failures = 3 } }));
        Assert.Equal(5, CapacityOf(Pool with { Boots = new() { TemplateHash = Some.Pool.Template!.Hash, Failures = 2 } }));
        Assert.Equal(1, CapacityOf(Pool with { Boots = new() { TemplateHash = Some.Pool.Template!.Hash, Failures = 3 }, MaxRunners = 1 }));
    }

    private static int CapacityOf(PoolSettings pool, params V1Condition[] conditions) =>
        ScaleSetCapacity.Compute(pool, conditions, [Some.Idle(), Some.Lease("linux-1")], _ => false);

    private static V1Condition Condition(string type, string status, string reason) => new() { Type = type, Status = status, Reason = reason };
}
