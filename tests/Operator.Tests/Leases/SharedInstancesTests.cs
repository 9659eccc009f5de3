using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Leases;

/// <summary>An instance belongs to one lease, regardless of what statuses record.</summary>
public sealed class SharedInstancesTests
{
    private static readonly Action<V1Alpha1RunnerLease> Shared = lease => lease.Status!.Instance!.Id = "i-shared";
    private static readonly Action<V1Alpha1RunnerLease> Younger = lease => lease.Metadata.CreationTimestamp = Some.Now.AddMinutes(-1);

    [Fact]
    public void LetGo_OfTwoOfOneAge_TheFirstByNameKeepsIt() =>
        AssertKeeps(Some.Launched("linux-0", Shared), Some.Launched("linux-1", Shared));

    [Fact]
    public void LetGo_TheOlderKeepsIt_WhateverItsName() =>
        AssertKeeps(Some.Idle("linux-1", Shared), Some.Idle("linux-0", Shared + Younger));

    [Fact]
    public void LetGo_WhoseJobRunsThereKeepsIt() =>
        AssertKeeps(Some.Busy("linux-1", Shared + Younger), Some.Idle("linux-0", Shared));

    [Fact]
    public void LetGo_BothRunAJob_NeitherIsTouched()
    {
        var (one, other) = (Some.Busy("linux-0", Shared), Some.Busy("linux-1", Shared));

        SharedInstances.LetGo(one, [one, other]);
        SharedInstances.LetGo(other, [one, other]);

        Assert.NotNull(one.Status!.Instance);
        Assert.NotNull(other.Status!.Instance);
    }

    [Fact]
    public void LetGo_TakingOver_IsNoDispute()
    {
        var (before, after) = (Some.Idle("linux-0", Shared), Some.Idle("run-1", Shared + Younger));
        after.Status!.AdoptedFrom = new() { Name = "linux-0", Uid = before.Metadata.Uid };

        SharedInstances.LetGo(before, [before, after]);
        SharedInstances.LetGo(after, [before, after]);

        Assert.NotNull(before.Status!.Instance);
        Assert.NotNull(after.Status.Instance);
    }

    // The loser launches again, and continues the numbering of its registrations.
    private static void AssertKeeps(V1Alpha1RunnerLease winner, V1Alpha1RunnerLease loser)
    {
        SharedInstances.LetGo(winner, [loser, winner]);
        SharedInstances.LetGo(loser, [loser, winner]);

        Assert.Equal("i-shared", winner.Status!.Instance!.Id);
        Assert.NotNull(winner.Status.Launch!.IntentId);
        Assert.Null(loser.Status!.Instance);
        Assert.Equal((null, 1), (loser.Status.Launch!.IntentId, loser.Status.Launch.Attempt));
        Assert.Null(loser.Status.Runner?.Id);
    }
}
