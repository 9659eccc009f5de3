using Operator.Aws.LaunchTemplates;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Which of a pool's machines a launch template is for.</summary>
/// <param name="ResourceClassName">Those of leases with this class; null is the pool's own.</param>
/// <param name="Image">Those with this one of the pool's further images; null is its usual one.</param>
/// <param name="Architecture"><c>amd64</c> or <c>arm64</c>; null in a status from before there were several.</param>
/// <param name="OnRequest">Whether the class does not allow the architecture, so that only leases that ask for it have such machines.</param>
internal sealed record TemplateScope(string? ResourceClassName, string? Image, string? Architecture, bool OnRequest)
{
    /// <summary>Whether it is for the machines that the pool launches by itself.</summary>
    public bool IsUsual => this is { ResourceClassName: null, Image: null, OnRequest: false };
}

/// <summary>A launch template of a pool, or why there is none.</summary>
/// <param name="Scope">What it is for.</param>
/// <param name="Template">Null while it cannot be made.</param>
internal sealed record PoolTemplate(TemplateScope Scope, LaunchTemplateRef? Template)
{
    /// <summary>Why it cannot be made, in one word.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it cannot be made, and what to do.</summary>
    public string? Message { get; init; }
}

/// <summary>Finds the launch templates that a lease's machine may have. Pure.</summary>
internal static class TemplateChoice
{
    /// <summary>One for each architecture that may be bought, the pool's first one first; empty while the pool has none for such a lease.</summary>
    public static IReadOnlyList<PoolTemplate> Of(V1Alpha1RunnerLease lease, PoolSettings pool)
    {
        var (className, image, architecture) = (lease.Spec.ResourceClassName, lease.Spec.Resources?.Image, ArchitectureOf(lease));
        return [.. All(pool).Where(known =>
            known.Scope.ResourceClassName == (className == pool.ResourceClassName ? null : className)
            && known.Scope.Image == image
            && (architecture is null ? !known.Scope.OnRequest : known.Scope.Architecture == architecture))];
    }

    /// <summary>Whether a lease's machine may have a launch template.</summary>
    public static bool MayUse(V1Alpha1RunnerLease lease, PoolSettings pool, string? hash) =>
        pool.FurtherTemplates.Count == 0 && lease.Spec is { ResourceClassName: null, Resources: null }
            ? pool.Template?.Hash == hash
            : Of(lease, pool).Any(known => known.Template?.Hash == hash);

    /// <summary>The launch templates of the machines that the pool launches by itself.</summary>
    public static IReadOnlyList<LaunchTemplateRef> Usual(PoolSettings pool) =>
        [.. All(pool).Where(known => known.Scope.IsUsual).Select(known => known.Template).OfType<LaunchTemplateRef>()];

    /// <summary>The launch templates that exist, each once.</summary>
    public static IEnumerable<LaunchTemplateRef> Made(PoolSettings pool) => All(pool).Select(known => known.Template).OfType<LaunchTemplateRef>().DistinctBy(template => template.Id);

    /// <summary>The architecture that a lease asks for; null when it leaves that to the class.</summary>
    public static string? ArchitectureOf(V1Alpha1RunnerLease lease) => ArchitectureOf(lease.Spec.Resources);

    /// <summary>The architecture that is asked for; null when that is left to the class.</summary>
    public static string? ArchitectureOf(LeaseResources? asked) =>
        asked?.Architecture is { } architecture and not Architecture.Any ? WireNames.Format(architecture) : null;

    /// <summary>The boot record of a launch template.</summary>
    public static BootStatus? BootsOf(PoolSettings pool, string? hash) =>
        pool.Boots?.TemplateHash == hash ? pool.Boots : pool.FurtherBoots.FirstOrDefault(record => record.TemplateHash == hash);

    private static IEnumerable<PoolTemplate> All(PoolSettings pool) => pool.Template is { } first
        ? [new(new(ResourceClassName: null, Image: null, first.Architecture, OnRequest: false), first), .. pool.FurtherTemplates]
        : [];
}
