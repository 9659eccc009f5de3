using System.Collections.Concurrent;

namespace Operator.Aws.Offerings;

/// <summary>Remembers for a while what EC2 refused, so that the next request asks for something else or is not sent at all.</summary>
internal sealed class UnavailableOfferings(TimeProvider timeProvider)
{
    private const string Quota = "quota";

    private readonly ConcurrentDictionary<Scarcity, Entry> _entries = new();

    /// <summary>Three minutes, the same as Karpenter's: capacity returns at about that pace.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(3);

    /// <summary>Every terminated machine frees quota, and someone may create a missing role.</summary>
    public static readonly TimeSpan UsageClassMemory = TimeSpan.FromSeconds(30);

    /// <summary>An instance type has no capacity in a zone, or is not sold there.</summary>
    public void Add(string account, string usageClass, string type, string zone, ProviderException? why = null) =>
        Put(new(account, usageClass, type, zone), new(Memory, why));

    public bool Contains(string account, string usageClass, string type, string zone) => Find(new(account, usageClass, type, zone)) is not null;

    /// <summary>The offerings currently skipped, of all accounts.</summary>
    public IReadOnlyList<(string UsageClass, string InstanceType, string Zone)> Exhausted =>
    [
        .. _entries.Where(pair => pair.Key is { UsageClass.Length: > 0, Name.Length: > 0, Zone: { Length: > 0 } zone } && zone != Quota && pair.Value.Until > timeProvider.GetUtcNow())
            .Select(pair => (pair.Key.UsageClass, pair.Key.Name, pair.Key.Zone)).Distinct(),
    ];

    /// <summary>Why an offering is skipped, if known.</summary>
    public ProviderException? WhyNot(string account, string usageClass, string type, string zone) => Find(new(account, usageClass, type, zone))?.Why;

    /// <summary>A subnet has no free address.</summary>
    public void AddSubnet(string account, string subnetId, ProviderException why) => Put(new(account, "", subnetId, ""), new(Memory, why));

    /// <summary>Why a subnet is skipped, if it is.</summary>
    public ProviderException? WhyNotSubnet(string account, string subnetId) => Find(new(account, "", subnetId, ""))?.Why;

    /// <summary>Nothing was launched in a capacity reservation. By then EC2 is asked again for its free slots.</summary>
    public void AddReservation(string account, string reservationId, ProviderException why) => Put(new(account, "", reservationId, ""), new(CacheDurations.Reservations, why));

    /// <summary>Why a capacity reservation is left out, if it is.</summary>
    public ProviderException? WhyNotReservation(string account, string reservationId) => Find(new(account, "", reservationId, ""))?.Why;

    /// <summary>A quota of a usage class leaves no room for a machine of so many virtual CPUs; a smaller one may still fit.</summary>
    public void AddQuota(string account, string usageClass, string type, int vCpus, ProviderException why)
    {
        var key = new Scarcity(account, usageClass, VCpuQuotas.NameOf(type), Quota);
        Put(key, new(UsageClassMemory, why, Math.Min(vCpus, Find(key)?.VCpus ?? int.MaxValue)));
    }

    /// <summary>A usage class cannot be bought at all.</summary>
    public void AddUsageClass(string account, string usageClass, ProviderException why) =>
        Put(new(account, usageClass, "", ""), new(UsageClassMemory, why));

    /// <summary>Why a type is not bought in a usage class in any zone; null if it may be.</summary>
    public ProviderException? WhyNotBought(string account, string usageClass, string type, int vCpus) =>
        Find(new(account, usageClass, "", ""))?.Why
            ?? (Find(new(account, usageClass, VCpuQuotas.NameOf(type), Quota)) is { } quota && vCpus >= quota.VCpus ? quota.Why : null);

    private Entry? Find(Scarcity key) => _entries.TryGetValue(key, out var entry) && entry.Until > timeProvider.GetUtcNow() ? entry : null;

    private void Put(Scarcity key, Entry entry)
    {
        var now = timeProvider.GetUtcNow();
        _entries[key] = entry with { Until = now + entry.Lasts };
        foreach (var (known, old) in _entries)
        {
            if (old.Until < now)
            {
                _entries.TryRemove(known, out _);
            }
        }
    }

    private readonly record struct Scarcity(string Account, string UsageClass, string Name, string Zone);

    private sealed record Entry(TimeSpan Lasts, ProviderException? Why = null, int VCpus = 0)
    {
        public DateTimeOffset Until { get; init; }
    }
}

/// <summary>Which of EC2's vCPU quotas a type counts towards: general-purpose families share one, others have their own. Pure.</summary>
internal static class VCpuQuotas
{
    private static readonly string[] Standard = ["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"];
    private static readonly string[] Graphics = ["g", "gr", "vt"];

    /// <summary>A name of the quota, equal for types that share it.</summary>
    public static string NameOf(string instanceType)
    {
        var letters = new string([.. instanceType.TakeWhile(char.IsAsciiLetter)]);
        return Standard.Contains(letters) ? "standard" : Graphics.Contains(letters) ? "g" : letters;
    }
}
