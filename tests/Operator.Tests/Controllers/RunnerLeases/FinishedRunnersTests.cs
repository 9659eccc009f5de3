using Operator.Controllers.RunnerLeases;
using Operator.Simulator.Time;

namespace Operator.Tests.Controllers.RunnerLeases;

public sealed class FinishedRunnersTests
{
    // A pool that nobody tells of jobs has nothing else that would sweep.
    [Fact]
    public void Unregistered_AreForgottenAfterAWhile()
    {
        var clock = new ManualTimeProvider();
        var finished = new FinishedRunners(clock);
        finished.NoteUnregistered("old");
        Assert.True(finished.IsUnregistered("old"));

        clock.Advance(TimeSpan.FromHours(2));
        finished.NoteUnregistered("new");

        Assert.False(finished.IsUnregistered("old"));
        Assert.True(finished.IsUnregistered("new"));
    }
}
