using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>An ordering of leases that every process agrees on.</summary>
internal static class LeaseAge
{
    /// <summary>Whether a lease is older than another; leases created in the same second are ordered by name.</summary>
    public static bool Precedes(V1Alpha1RunnerLease one, V1Alpha1RunnerLease other) => Compare(one, other) < 0;

    /// <summary>Less than zero if the first lease precedes the second.</summary>
    public static int Compare(V1Alpha1RunnerLease one, V1Alpha1RunnerLease other)
    {
        var byAge = Nullable.Compare(one.Metadata.CreationTimestamp, other.Metadata.CreationTimestamp);
        return byAge != 0 ? byAge : string.CompareOrdinal(one.Metadata.Name, other.Metadata.Name);
    }
}
