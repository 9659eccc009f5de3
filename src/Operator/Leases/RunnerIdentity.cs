using Operator.Entities.RunnerLeases;
using Operator.Forges;

namespace Operator.Leases;

/// <summary>Identifies registrations: two runners may share a name, at different targets or one after the other.</summary>
internal static class RunnerIdentity
{
    /// <summary>GitHub's id of a registration, even of a deleted one.</summary>
    public static long? KnownId(this LeasedRunner runner) => runner.Id ?? runner.FormerId;

    /// <summary>
    /// Uniquely identifies a lease's runner: names are free text, and ids repeat across hosts. Null without a registration.
    /// </summary>
    public static (string Lease, long Runner)? KeyOf(V1Alpha1RunnerLease lease) =>
        lease.Status?.Runner?.KnownId() is { } id ? (lease.Metadata.Uid ?? "", id) : null;

    /// <summary>Whether a name and an id that GitHub gave are those of a registration. An id of null or 0 matches none.</summary>
    public static bool Is(this LeasedRunner runner, string? name, long? id) =>
        id is > 0 && runner.KnownId() == id && string.Equals(runner.Name, name, StringComparison.Ordinal);

    /// <summary>Whether a registration is at a target's host.</summary>
    public static bool IsAt(this LeasedRunner runner, ForgeTarget target) =>
        runner.Url?.StartsWith(target.Site, StringComparison.OrdinalIgnoreCase) == true;
}
