using Operator.Simulator.Time;

namespace Operator.Simulator.World;

/// <summary>
/// Drives a world on a manual clock: lets everything that can happen now happen, then moves the clock to the next thing that is
/// due. Nothing sleeps; a simulated hour takes as long as its events.
/// </summary>
public sealed class WorldDriver(SimulatedWorld world, ManualTimeProvider clock)
{
    /// <summary>A pass that waits for the clock is not idle; when nothing moves for so many looks, the clock is what it waits for.</summary>
    private const int QuietLooks = 60;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes on their way through loopback are in nobody's books; so quiet must last for a few looks. A world in which hours pass without an event
    /// can do with fewer.
    /// </summary>
    public int IdleLooks { get; init; } = 8;

    /// <summary>The operators that run now.</summary>
    public List<OperatorIncarnation> Operators { get; } = [];

    /// <summary>Lets happen what can happen without time passing.</summary>
    public async Task SettleAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        var (idle, quiet) = (0, 0);
        while (idle < IdleLooks && quiet < QuietLooks && !HasDeadOperator)
        {
            quiet = IsQuiet() ? quiet + 1 : 0;
            idle = quiet > 0 && world.GitHub.IsQuiet && Operators.All(process => process.IsIdle) ? idle + 1 : 0;
            await LookAwayAsync();
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
            {
                throw new TimeoutException("the world does not come to rest: something spins, or waits for something other than the clock"
                    + $" (calls {string.Join(',', Operators.Select(process => process.Gate.Calls))}, pending {ThreadPool.PendingWorkItemCount})\n{WorldReport.Of(world)}");
            }
        }
    }

    /// <summary>Moves on until a condition holds.</summary>
    /// <param name="condition">What to wait for.</param>
    /// <param name="within">How much simulated time it may take.</param>
    /// <param name="what">Names the condition in the error.</param>
    public async Task RunUntilAsync(Func<bool> condition, TimeSpan within, string what)
    {
        var end = clock.GetUtcNow() + within;
        await SettleAsync();
        while (!condition())
        {
            if (clock.GetUtcNow() >= end)
            {
                throw new TimeoutException($"within {within} of simulated time this did not happen: {what}\n{WorldReport.Of(world)}");
            }

            await StepAsync(end);
        }
    }

    /// <summary>Moves on for so much simulated time.</summary>
    public async Task RunForAsync(TimeSpan duration)
    {
        var end = clock.GetUtcNow() + duration;
        await SettleAsync();
        while (clock.GetUtcNow() < end && !HasDeadOperator)
        {
            await StepAsync(end);
        }
    }

    // Timers are coarse, several milliseconds on some machines: an hour that is driven would take a minute. Others' work goes first.
    private static async Task LookAwayAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        do
        {
            await Task.Yield();
        }
        while (TimeProvider.System.GetElapsedTime(begun) < Look);
    }

    // A killed process may do as it likes, since nothing of it reaches the outside; the caller buries it.
    private bool HasDeadOperator => Operators.Any(process => process.Gate.IsDead);

    private async Task StepAsync(DateTimeOffset end)
    {
        var now = clock.GetUtcNow();
        var due = clock.NextDue is { } next && next < end ? next : end;
        clock.Advance(due > now ? due - now : TimeSpan.Zero);
        await SettleAsync();
    }

    private bool IsQuiet() =>
        ThreadPool.PendingWorkItemCount == 0
        && Operators.All(process => process.IsQuiet)
        && world.Kubernetes.Watches.AllSent(world.Kubernetes.LatestResourceVersion);
}
