using System.Diagnostics;

namespace Operator.Tests.Shared;

/// <summary>Waits for prompt actions of other threads and processes, and gives up after a time limit.</summary>
internal static class Eventually
{
    /// <summary>Far longer than anything takes, so that only a fault reaches it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Most of it is there after a turn or two; what is not needs the processor more than the one who waits.</summary>
    private const int Turns = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task IsTrueAsync(Func<bool> condition, string what) => IsTrueAsync(() => Task.FromResult(condition()), what);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var turn = 0; !await condition(); turn++)
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new TimeoutException($"in vain waited for this: {what}");
            }

            if (turn < Turns)
            {
                await Task.Yield();
            }
            else
            {
                await Task.Delay(Pause);
            }
        }
    }
}
