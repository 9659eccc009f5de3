using System.Globalization;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>
/// Labels by which a job chooses its machine: <c>cpu=8</c>, <c>memory=32Gi</c>, <c>disk=200Gi</c>, <c>arch=arm64</c>, <c>image=name</c>, <c>spot=false</c>, <c>computetype-ondemand</c>. GitHub gives a job to runners that have all of its
/// labels, so the runner that is made for it has these beside its pool's. Pure.
/// </summary>
internal static class JobOverrides
{
    private const int MostLabels = 8;
    private const int LongestLabel = 64;
    private const int MostCpus = 1024;

    private static readonly string[] Units = ["Mi", "Gi", "Ti", "M", "G", "T"];

    /// <summary>The labels of a job that choose its machine; not those that all runners of its pool have.</summary>
    public static IReadOnlyList<string> Select(IEnumerable<string> labels, V1Alpha1RunnerPool pool) =>
        [.. labels.Where(IsOverride).Except(pool.Spec.GitHub?.Labels ?? [], StringComparer.OrdinalIgnoreCase).Take(MostLabels)];

    /// <summary>Whether a pool creates machines for additional job labels.</summary>
    /// <param name="labels">The job's labels that the pool's runners do not have.</param>
    /// <param name="allowed">The pool's limits.</param>
    /// <param name="tellsUsageClass">Whether the pool's runners have labels for their usage class.</param>
    public static bool Allows(IReadOnlyList<string> labels, JobOverridesSpec? allowed, bool tellsUsageClass = false) =>
        labels.Count <= MostLabels && labels.All(label => label.Length <= LongestLabel && IsOverride(label) && ValueOf(label) is not null)
        && IsOne(labels, "ARCH") && IsOne(labels, "IMAGE") && ProblemOf(ResourcesOf(labels), allowed) is null
        && labels.Where(label => KeyOf(label) == "SPOT").All(label => IsComputeType(label) ? tellsUsageClass : allowed?.Spot == true);

    /// <summary>Whether a lease's runner has the labels that a job needs in addition to the pool's.</summary>
    public static bool Serves(V1Alpha1RunnerLease lease, string? jobLabels) =>
        Split(jobLabels).All(label => lease.Spec.JobLabels?.Contains(label, StringComparer.OrdinalIgnoreCase) == true);

    /// <summary>Adapts a lease to a job with such labels.</summary>
    public static void WriteTo(V1Alpha1RunnerLease lease, string? jobLabels)
    {
        if (Split(jobLabels) is { Length: > 0 } labels)
        {
            lease.Spec.JobLabels = [.. labels];
            lease.Spec.Resources = ResourcesOf(labels);
            lease.Spec.UsageClass ??= UsageClassOf(labels);
        }
    }

    /// <summary>Why a pool does not allow a lease's resources; null if it does.</summary>
    public static string? ProblemOf(LeaseResources? asked, JobOverridesSpec? allowed) =>
        asked?.Cpu > (allowed?.MaxCpu ?? 0) ? Refusal("cpu", $"{asked.Cpu}", "maxCpu", allowed?.MaxCpu?.ToString(CultureInfo.InvariantCulture))
        : BytesOf(asked?.Memory) > (BytesOf(allowed?.MaxMemory) ?? 0) ? Refusal("memory", asked!.Memory!, "maxMemory", allowed?.MaxMemory)
        : BytesOf(asked?.Disk) > (BytesOf(allowed?.MaxDisk) ?? 0) ? Refusal("disk", asked!.Disk!, "maxDisk", allowed?.MaxDisk)
        : asked?.Architecture is { } architecture && allowed?.Architectures?.Contains(architecture) != true
            ? Unlisted("architecture", WireNames.Format(architecture), "architectures", allowed?.Architectures?.Select(WireNames.Format))
        : asked?.Image is { } image && allowed?.Images?.Contains(image) != true ? Unlisted("image", image, "images", allowed?.Images)
        : null;

    /// <summary>Why a pool does not allow a lease's own script; null if it does, or there is none.</summary>
    public static string? ScriptProblemOf(string? script, bool isAllowed) =>
        script is null || isAllowed ? null : "spec.preRunnerScript: the pool does not let its leases bring one; set spec.jobOverrides.preRunnerScript of the pool";

    private static string Unlisted(string field, string asked, string list, IEnumerable<string>? allowed) => allowed is null
        ? $"spec.resources.{field}: the pool does not let its leases choose it; set spec.jobOverrides.{list} of the pool"
        : $"spec.resources.{field}: {asked} is not among the pool's jobOverrides.{list} ({string.Join(", ", allowed)}); choose one of these, or add it there";

    // Two sizes ask for the larger one, but no machine is of two architectures.
    private static bool IsOne(IReadOnlyList<string> labels, string key) => Values(labels, key).Distinct(StringComparer.Ordinal).Count() <= 1;

    private static string Refusal(string field, string asked, string limit, string? allowed) => allowed is null
        ? $"spec.resources.{field}: the pool does not allow leases to choose it; set spec.jobOverrides.{limit} in the pool"
        : $"spec.resources.{field}: {asked} is more than the pool's jobOverrides.{limit} ({allowed}); request less, or raise the limit";

    private static string[] Split(string? labels) => labels?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static LeaseResources? ResourcesOf(IReadOnlyList<string> labels)
    {
        var resources = new LeaseResources
        {
            Cpu = Values(labels, "CPU").Select(value => int.Parse(value, CultureInfo.InvariantCulture)).Cast<int?>().Max(),
            Memory = Values(labels, "MEMORY").MaxBy(BytesOf),
            Disk = Values(labels, "DISK").MaxBy(BytesOf),
            Architecture = Values(labels, "ARCH").FirstOrDefault() is { } architecture ? architecture == "arm64" ? Architecture.Arm64 : Architecture.Amd64 : null,
            Image = Values(labels, "IMAGE").FirstOrDefault(),
        };
        return resources is { Cpu: null, Memory: null, Disk: null, Architecture: null, Image: null } ? null : resources;
    }

    // An uninterruptible runner also serves other jobs.
    private static UsageClass? UsageClassOf(IReadOnlyList<string> labels)
    {
        var spot = Values(labels, "SPOT").ToList();
        return spot.Count == 0 ? null : spot.Contains("false") ? UsageClass.OnDemand : UsageClass.Spot;
    }

    private static IEnumerable<string> Values(IEnumerable<string> labels, string key) => labels.Where(label => KeyOf(label) == key).Select(ValueOf).OfType<string>();

    private static bool IsOverride(string label) => KeyOf(label) is "CPU" or "MEMORY" or "DISK" or "SPOT" or "ARCH" or "IMAGE";

    private static bool IsComputeType(string label) =>
        label.Equals(SelfLabels.Spot, StringComparison.OrdinalIgnoreCase) || label.Equals(SelfLabels.OnDemand, StringComparison.OrdinalIgnoreCase);

    private static string KeyOf(string label) =>
        IsComputeType(label) ? "SPOT" : label.IndexOf('=', StringComparison.Ordinal) is > 0 and var end ? label[..end].ToUpperInvariant() : "";

    // GitHub's labels are case-insensitive.
    private static string? ValueOf(string label)
    {
        var (key, value) = (KeyOf(label), label[(label.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return key switch
        {
            "SPOT" when IsComputeType(label) => label.Equals(SelfLabels.Spot, StringComparison.OrdinalIgnoreCase) ? "true" : "false",
            "CPU" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var cpus) && cpus is > 0 and <= MostCpus ? $"{cpus}" : null,
            "ARCH" => value.ToUpperInvariant() is "ARM64" or "AARCH64" ? "arm64" : value.ToUpperInvariant() is "AMD64" or "X64" or "X86_64" ? "amd64" : null,
            "IMAGE" => value.Length > 0 ? value.ToLowerInvariant() : null,
            "SPOT" => value.ToUpperInvariant() is "TRUE" ? "true" : value.ToUpperInvariant() is "FALSE" ? "false" : null,
            _ => Array.Find(Units, unit => value.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) is { } unit
                && int.TryParse(value[..^unit.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 1_000_000
                && BytesOf($"{count}{unit}") >= 10_000_000 ? $"{count}{unit}" : null,
        };
    }

    private static long? BytesOf(string? quantity) => QuantityText.TryParse(quantity, out var bytes) ? bytes : null;
}
