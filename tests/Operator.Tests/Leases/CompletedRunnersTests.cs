using Operator.Forges;
using Operator.Leases;
using Operator.Simulator.Time;

namespace Operator.Tests.Leases;

public sealed class CompletedRunnersTests
{
    // A pool without demand reports has no other trigger for a sweep.
    [Fact]
    public void Unregistered_AreForgottenAfterAWhile()
    {
        var clock = new ManualTimeProvider();
        var finished = new CompletedRunners(clock);
        var (old, young) = (Some.Idle("old"), Some.Idle("young"));
        finished.RecordRemoval(old);
        Assert.Equal(RemovalOutcome.AlreadyGone, finished.RemovalOf(old));

        clock.Advance(TimeSpan.FromHours(2));
        finished.RecordRemoval(young, RemovalOutcome.Removed);

        Assert.Null(finished.RemovalOf(old));
        Assert.Equal(RemovalOutcome.Removed, finished.RemovalOf(young));
    }

    // Another tenant's GitHub gives what names and ids it likes to the runners of that tenant's leases.
    [Fact]
    public void WhatIsSaidOfALeasesRunner_IsNotSaidOfAnothersOfTheSameNameAndId()
    {
        var finished = new CompletedRunners(new ManualTimeProvider());
        var ours = Some.Busy();
        var theirs = Some.Busy(change: lease => (lease.Metadata.NamespaceProperty, lease.Metadata.Uid) = ("team-b", "uid-of-theirs"));

        finished.Add(theirs, 7);
        finished.RecordRemoval(theirs);
        Assert.False(finished.Contains(ours));
        Assert.Null(finished.RemovalOf(ours));

        finished.RecordDisappearance(ours);
        finished.ConfirmCompletion(LeaseIndexes.PoolOf(theirs), 7);
        Assert.Equal(1, finished.UnconfirmedOf(LeaseIndexes.PoolOf(ours)).Count);
        Assert.False(finished.Forget(ours));
        Assert.True(finished.Contains(theirs));
    }
}
