using Operator.Aws.Mailboxes;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Mailboxes;

public sealed class CommandTurnsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly CommandTurns _turns;

    public CommandTurnsTests() => _turns = new(_clock);

    [Fact]
    public void Take_NeverThrottled_IsAtOnce() => Assert.All(Enumerable.Range(0, 1000), number => Assert.Equal(TimeSpan.Zero, _turns.Take($"i-{number}")));

    [Fact]
    public void Take_AfterThrottling_IsInOrderAtSeventyPercentOfTheRateSeen()
    {
        Throttle(after: 100);

        AssertSeconds([0, 1 / 70.0, 2 / 70.0], Seconds("a", "b", "c"));
    }

    [Fact]
    public void Take_Again_KeepsItsTurn()
    {
        Throttle(after: 100);
        Seconds("a", "b", "c");
        _clock.Advance(TimeSpan.FromMilliseconds(10));

        AssertSeconds([(2 / 70.0) - 0.01, (1 / 70.0) - 0.01], Seconds("c", "b"));

        _clock.Advance(TimeSpan.FromMilliseconds(19));
        AssertSeconds([0], Seconds("c"));
        AssertSeconds([3 / 70.0 - 0.029], Seconds("c"));
    }

    [Fact]
    public void Slow_ManyTimesInOneSecond_CountsOnce()
    {
        Throttle(after: 100);
        Throttle(after: 0);

        AssertSeconds([0, 1 / 70.0], Seconds("a", "b"));
    }

    [Fact]
    public void Slow_InEverySecond_LeavesHalfOfWhatAnAccountIsGranted()
    {
        for (var second = 0; second < 20; second++)
        {
            Throttle(after: 0);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Throttle(after: 0);
        AssertSeconds([0, 1 / 20.0], Seconds("a", "b"));
    }

    [Fact]
    public void Take_SecondsWithoutThrottling_RaiseTheRate()
    {
        Throttle(after: 100);
        _clock.Advance(TimeSpan.FromSeconds(10));

        AssertSeconds([0, 1 / 80.0], Seconds("a", "b"));
    }

    [Fact]
    public void Take_AMinuteWithoutThrottling_IsAtOnce()
    {
        Throttle(after: 100);
        _clock.Advance(TimeSpan.FromMinutes(1));

        AssertSeconds([0, 0, 0], Seconds("a", "b", "c"));
    }

    private void Throttle(int after)
    {
        for (var command = 0; command < after; command++)
        {
            _turns.Take($"before-{command}");
        }

        _turns.Slow();
    }

    private static void AssertSeconds(double[] expected, double[] actual) => Assert.Equal(expected, actual, (one, other) => Math.Abs(one - other) < 1e-5);

    private double[] Seconds(params string[] instances) => Array.ConvertAll(instances, instance => _turns.Take(instance).TotalSeconds);
}
