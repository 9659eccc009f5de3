using Operator.Aws;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws;

public sealed class BurstWindowTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly BurstWindow _window;

    public BurstWindowTests() => _window = new(_clock, TimeSpan.Zero, TimeSpan.FromMilliseconds(30));

    [Fact]
    public void Burst_DoublesUpToTheLongest() => Assert.Equal([0, 5, 10, 20, 30, 30], Enumerable.Range(0, 6).Select(_ => Next()));

    [Theory]
    [InlineData(99, 5)]
    [InlineData(100, 0)]
    public void Pause_EndsTheBurst(int milliseconds, int next)
    {
        Next();
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(next, Next());
    }

    [Fact]
    public void First_BesideAnOpenBatch_WaitsForOthers() => Assert.Equal(BurstWindow.Shortest, _window.Open(besideOthers: true));

    private double Next()
    {
        var window = _window.Open(besideOthers: false);
        _window.Close();
        return window.TotalMilliseconds;
    }
}
