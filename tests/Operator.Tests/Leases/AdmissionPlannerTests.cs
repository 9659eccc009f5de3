using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

public sealed class AdmissionPlannerTests
{
    [Fact]
    public void For_PoolThatDoesNotLaunch_SaysWhatToDo()
    {
        Assert.Equal("PoolPaused", For(Some.Pool with { IsPaused = true }).Reason);
        Assert.Equal("PoolDeleting", For(Some.Pool with { IsDeleting = true }).Reason);
        Assert.Equal("PoolNotReady", For(Some.Pool with { Template = null }).Reason);
        Assert.Equal("PoolAtCapacity", For(Some.Pool with { MaxRunners = 0 }).Reason);
        Assert.True(For(Some.Pool).Granted);
    }

    [Fact]
    public void For_AnyLeases_LetsAsManyLaunchAsThereIsRoomFor() => Some.ForManySeeds(random =>
    {
        var pool = Some.Pool with { MaxRunners = random.Next(8), Boots = new() { TemplateHash = "hash", ConnectedAt = Some.Now } };
        var leases = Enumerable.Range(0, random.Next(12))
            .Select(number => random.Chance(0.4)
                ? Some.Launched($"linux-{number}", lease => lease.Metadata.DeletionTimestamp = random.Chance(0.5) ? Some.Now : null) // a machine that drains is still there
                : Some.Lease($"linux-{number}", lease => lease.Metadata.CreationTimestamp = Some.Now.AddSeconds(-random.Next(4))))
            .ToList();
        var launched = leases.Count(lease => lease.Status!.Instance is not null);

        var admitted = leases.Count(lease => lease.Status!.Instance is null && AdmissionPlanner.For(lease, pool, leases, Some.Now).Granted);

        Assert.Equal(Math.Clamp(pool.MaxRunners - launched, 0, leases.Count - launched), admitted);
    });

    private static Admission For(PoolSettings pool)
    {
        var lease = Some.Lease();
        return AdmissionPlanner.For(lease, pool, [lease], Some.Now);
    }
}
