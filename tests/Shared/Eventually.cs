using System.Diagnostics;

namespace Operator.Tests.Shared;

/// <summary>Waits for what other threads do at once, without a clock of its own; and gives up where they never will.</summary>
internal static class Eventually
{
    /// <summary>Far longer than anything takes, so that only a fault reaches it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task IsTrueAsync(Func<bool> condition, string what)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new TimeoutException($"in vain waited for this: {what}");
            }

            await Task.Yield();
        }
    }
}
