using Operator.Entities.RunnerLeases;
using Operator.GitHub.Registrations;
using Operator.Leases;
using Operator.Simulator.Time;

namespace Operator.Tests.Leases;

public sealed class CompletedRunnersTests
{
    // A pool that nobody tells of jobs has nothing else that would sweep.
    [Fact]
    public void Unregistered_AreForgottenAfterAWhile()
    {
        var clock = new ManualTimeProvider();
        var finished = new CompletedRunners(clock);
        var (old, young) = (new LeasedRunner { Id = 1, Name = "r" }, new LeasedRunner { Id = 2, Name = "r" });
        finished.RecordRemoval(old);
        Assert.Equal(RemovalOutcome.AlreadyGone, finished.RemovalOf(old));

        clock.Advance(TimeSpan.FromHours(2));
        finished.RecordRemoval(young, RemovalOutcome.Removed);

        Assert.Null(finished.RemovalOf(old));
        Assert.Equal(RemovalOutcome.Removed, finished.RemovalOf(young));
    }
}
