using System.Collections.Concurrent;

namespace Operator.Providers.Offerings;

/// <summary>Remembers for a while what EC2 had no capacity for, so that the next request asks for something else.</summary>
internal sealed class UnavailableOfferings(TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<(string Account, string UsageClass, string Type, string Zone), DateTimeOffset> _until = new();

    /// <summary>Three minutes, as Karpenter's: capacity comes back at about that pace.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(3);

    public void Add(string account, string usageClass, string type, string zone)
    {
        var now = timeProvider.GetUtcNow();
        _until[(account, usageClass, type, zone)] = now + Memory;
        foreach (var (key, until) in _until)
        {
            if (until < now)
            {
                _until.TryRemove(key, out _);
            }
        }
    }

    public bool Contains(string account, string usageClass, string type, string zone) =>
        _until.TryGetValue((account, usageClass, type, zone), out var until) && until > timeProvider.GetUtcNow();
}
