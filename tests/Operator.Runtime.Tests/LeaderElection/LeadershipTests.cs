using Operator.Runtime.LeaderElection;
using Operator.Simulator.Time;

namespace Operator.Runtime.Tests.LeaderElection;

public sealed class LeadershipTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly LeaseServer _server = new();

    // Until it has ended, what was begun in a lost term can still write: it must not be taken for a standby's.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void IsOverdue_TermIsLost_UntilItsWorkHasEnded(bool isLate)
    {
        var leadership = new Leadership(_clock);
        leadership.Begin(TimeSpan.FromSeconds(10), _clock.GetTimestamp());
        Assert.False(leadership.IsOverdue);
        _clock.Advance(TimeSpan.FromSeconds(isLate ? 11 : 1));

        leadership.End(isLost: true);
        Assert.True(leadership.IsOverdue);
        Assert.True(leadership.HasLapsed);

        leadership.End(isLost: false);
        Assert.False(leadership.IsOverdue);
        Assert.True(leadership.HasLapsed);
    }

    [Fact]
    public void IsOverdue_TermIsGivenBack_Never()
    {
        var leadership = new Leadership(_clock);
        leadership.Begin(TimeSpan.FromSeconds(10), _clock.GetTimestamp());

        leadership.End(isLost: false);

        Assert.False(leadership.IsOverdue);
        Assert.False(leadership.HasLapsed);
    }

    [Fact]
    public async Task IsOverdue_ElectorHasLostTheLease_WhileItsWorkEnds()
    {
        var seen = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Candidate? candidate = null;
        await using var one = candidate = new Candidate("one", _server, _clock)
        {
            Work = async lost =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                seen.TrySetResult(candidate!.Leadership.IsOverdue);
            },
        };
        one.Start();
        await one.LeadsAsync();
        await one.RestsAsync();

        _server.Delete();
        _clock.Advance(Candidate.Retry);

        Assert.True(await seen.Task.Soon());
    }
}
