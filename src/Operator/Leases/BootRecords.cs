using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>The boot records of a pool's launch templates, as its status has them. Pure.</summary>
internal static class BootRecords
{
    /// <summary>Whether a launch template is one of the pool's.</summary>
    public static bool IsOfPool(RunnerPoolStatus status, string? hash) =>
        status.LaunchTemplate?.Hash == hash || status.FurtherTemplates?.Exists(further => further.Template?.Hash == hash) == true;

    /// <summary>The record of a launch template; of the first one that of an earlier one, too, which the next record replaces.</summary>
    public static BootStatus? Find(RunnerPoolStatus status, string? hash) =>
        status.LaunchTemplate?.Hash == hash ? status.Boots : status.FurtherBoots?.Find(record => record.TemplateHash == hash);

    /// <summary>The records with another one in the place of its launch template's.</summary>
    public static List<BootStatus> With(IEnumerable<BootStatus>? records, BootStatus record) =>
        [.. (records ?? []).Where(other => other.TemplateHash != record.TemplateHash), record];

    /// <summary>The records of the further launch templates, as the pool's leases show them; null where there are none.</summary>
    public static List<BootStatus>? Observe(
        IReadOnlyList<BootStatus>? records, string? first, IEnumerable<string> further, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var observed = further.Distinct(StringComparer.Ordinal).Where(hash => hash != first)
            .Select(hash => BootBrake.Observe(records?.FirstOrDefault(record => record.TemplateHash == hash), hash, leases, now)).OfType<BootStatus>().ToList();
        return observed.Count > 0 ? observed : null;
    }
}
