using System.Collections.Concurrent;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>
/// Requests that EC2 has not answered, as they were sent: a client token counts for the same content only, and what a pool wants or EC2 offers may have changed
/// since. Forgotten with the answer, at the latest when EC2 shows what a launch has done.
/// </summary>
internal sealed class UnansweredLaunches(TimeProvider timeProvider)
{
    /// <summary>Longer than anybody repeats a request.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, UnansweredLaunch> _launches = new(StringComparer.Ordinal);

    /// <summary>The request of an intent; null when it is answered, or was never sent by this process.</summary>
    public UnansweredLaunch? Find(string intentId) =>
        _launches.TryGetValue(intentId, out var launch) && timeProvider.GetElapsedTime(launch.Since) < Lifetime ? launch : null;

    /// <summary>Keeps a request for its repetition, and drops those that nobody repeats any more.</summary>
    public void Remember(LaunchOrder order, IReadOnlyList<Offering> offered)
    {
        _launches.TryAdd(order.IntentId, new(order, offered, timeProvider.GetTimestamp()));
        foreach (var old in _launches.Where(pair => timeProvider.GetElapsedTime(pair.Value.Since) >= Lifetime))
        {
            _launches.TryRemove(old);
        }
    }

    /// <summary>The request has an answer.</summary>
    public void Forget(string intentId) => _launches.TryRemove(intentId, out _);
}

/// <summary>A request without an answer.</summary>
/// <param name="Order">What was asked for.</param>
/// <param name="Offered">The types and subnets that it named.</param>
/// <param name="Since">When it was sent first, by the clock's timestamps.</param>
internal sealed record UnansweredLaunch(LaunchOrder Order, IReadOnlyList<Offering> Offered, long Since);
