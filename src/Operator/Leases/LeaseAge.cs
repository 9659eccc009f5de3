using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>The order of leases that every process agrees on.</summary>
internal static class LeaseAge
{
    /// <summary>Whether one lease is older than another; of two that were created in the same second, the first by name.</summary>
    public static bool Precedes(V1Alpha1RunnerLease one, V1Alpha1RunnerLease other) => Compare(one, other) < 0;

    /// <summary>Less than zero where the first lease precedes the second.</summary>
    public static int Compare(V1Alpha1RunnerLease one, V1Alpha1RunnerLease other)
    {
        var byAge = Nullable.Compare(one.Metadata.CreationTimestamp, other.Metadata.CreationTimestamp);
        return byAge != 0 ? byAge : string.CompareOrdinal(one.Metadata.Name, other.Metadata.Name);
    }
}
