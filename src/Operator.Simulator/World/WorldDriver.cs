using Operator.Simulator.Time;

namespace Operator.Simulator.World;

/// <summary>
/// Drives a world on a manual clock and an in-memory network: waits until the world is at rest, then advances the clock to the next due
/// timer. Nothing sleeps; the duration of a simulated hour depends on its events. Only one world per process is driven at a time.
/// </summary>
public sealed class WorldDriver(SimulatedWorld world, ManualTimeProvider clock)
{
    /// <summary>How much real time the world may take to come to rest.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The operators that run now.</summary>
    public List<OperatorIncarnation> Operators { get; } = [];

    /// <summary>Runs everything that can happen without time passing.</summary>
    /// <exception cref="TimeoutException">There is no end to it.</exception>
    public async Task SettleAsync()
    {
        if (!await PoolRest.ReachAsync(Patience).ConfigureAwait(false))
        {
            throw new TimeoutException("the world does not come to rest: something spins, or waits for something other than the clock"
                + $" (calls {string.Join(',', Operators.Select(process => process.Gate.Calls))}, pending {ThreadPool.PendingWorkItemCount})\n{WorldReport.Create(world)}");
        }
    }

    /// <summary>Advances until a condition holds.</summary>
    /// <param name="condition">What to wait for.</param>
    /// <param name="within">How much simulated time it may take.</param>
    /// <param name="what">Names the condition in the error.</param>
    public async Task RunUntilAsync(Func<bool> condition, TimeSpan within, string what)
    {
        var end = clock.GetUtcNow() + within;
        await SettleAsync().ConfigureAwait(false);
        while (!condition())
        {
            if (clock.GetUtcNow() >= end)
            {
                throw new TimeoutException($"within {within} of simulated time this did not happen: {what}\n{WorldReport.Create(world)}");
            }

            await StepAsync(end).ConfigureAwait(false);
        }
    }

    /// <summary>Moves on for so much simulated time, or until an operator is killed.</summary>
    public async Task RunForAsync(TimeSpan duration)
    {
        var end = clock.GetUtcNow() + duration;
        await SettleAsync().ConfigureAwait(false);
        while (clock.GetUtcNow() < end && !Operators.Any(process => process.Gate.IsDead))
        {
            await StepAsync(end).ConfigureAwait(false);
        }
    }

    private async Task StepAsync(DateTimeOffset end)
    {
        var now = clock.GetUtcNow();
        var due = clock.NextDue is { } next && next < end ? next : end;
        clock.Advance(due > now ? due - now : TimeSpan.Zero);
        await SettleAsync().ConfigureAwait(false);
    }
}
