using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;

namespace Operator.Settings;

/// <summary>
/// Plans a pool's launch templates: one for each architecture of its class, and those that its leases have chosen. What was chosen once stays as long as the pool allows it, so
/// that the next lease need not wait for it, and its boot record outlives the lease. Pure.
/// </summary>
internal static class TemplatePlanner
{
    private static readonly string[] Both = ["amd64", "arm64"];

    /// <summary>The launch templates that the pool needs now, those of its own class and image first; the oldest leases decide where there would be too many.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="own">Its class.</param>
    /// <param name="leases">Its leases.</param>
    /// <param name="classes">All classes.</param>
    public static IReadOnlyList<TemplateWish> Wanted(
        V1Alpha1RunnerPool pool, V1Alpha1ResourceClass own, IEnumerable<V1Alpha1RunnerLease> leases, IReadOnlyCollection<V1Alpha1ResourceClass> classes)
    {
        var usual = WishesOf(pool, own, own, image: null, architecture: null).ToList();
        var chosen = leases.Where(IsChoosing).OrderBy(lease => lease.Metadata.CreationTimestamp).ThenBy(lease => lease.Metadata.Name, StringComparer.Ordinal)
            .SelectMany(lease => WishesOf(pool, lease.Spec.ResourceClassName, lease.Spec.Resources, own, classes));
        var kept = (pool.Status?.FurtherTemplates ?? []).Where(known => known.Template is not null).SelectMany(known => WishesOf(pool, known, own, classes));
        return [.. usual.Concat(chosen).Concat(kept).DistinctBy(wish => wish.Scope).Take(RunnerPoolStatus.MostFurtherTemplates)];
    }

    /// <summary>The architectures of a class.</summary>
    public static IReadOnlyList<string> ArchitecturesOf(ResourceClassSpec spec) =>
        spec.Architecture == Architecture.Any ? Both : [WireNames.Format(spec.Architecture ?? Architecture.Amd64)];

    private static bool IsChoosing(V1Alpha1RunnerLease lease) => lease.Spec is { ResourceClassName: not null } or { Resources: { Architecture: not null } or { Image: not null } };

    private static IEnumerable<TemplateWish> WishesOf(
        V1Alpha1RunnerPool pool, FurtherTemplateStatus known, V1Alpha1ResourceClass own, IReadOnlyCollection<V1Alpha1ResourceClass> classes)
    {
        var asked = new LeaseResources { Image = known.Image, Architecture = known.OnRequest == true ? ArchitectureOf(known.Architecture) : null };
        return WishesOf(pool, known.ResourceClassName, asked, own, classes).Where(wish => wish.Scope.Architecture == known.Architecture);
    }

    private static Architecture ArchitectureOf(string? name) => name == "arm64" ? Architecture.Arm64 : Architecture.Amd64;

    // What the pool does not allow, or what is not there, the lease is told when it is to launch.
    private static IEnumerable<TemplateWish> WishesOf(
        V1Alpha1RunnerPool pool, string? className, LeaseResources? asked, V1Alpha1ResourceClass own, IReadOnlyCollection<V1Alpha1ResourceClass> classes) =>
        JobOverrides.ProblemOf(asked, pool.Spec.JobOverrides) is null
            && (className is null ? own : ResourceClassFinder.Find(classes, className)) is { } resourceClass
            ? WishesOf(pool, resourceClass, own, asked?.Image, TemplateChoice.ArchitectureOf(asked))
            : [];

    private static IEnumerable<TemplateWish> WishesOf(V1Alpha1RunnerPool pool, V1Alpha1ResourceClass resourceClass, V1Alpha1ResourceClass own, string? image, string? architecture)
    {
        var allowed = ArchitecturesOf(resourceClass.Spec);
        foreach (var wanted in architecture is null ? allowed : [architecture])
        {
            var found = PoolQueries.ImageOf(pool.Spec.Launch, image, wanted);
            yield return new(
                new(resourceClass.Metadata.Name == own.Metadata.Name ? null : resourceClass.Metadata.Name, image, wanted, OnRequest: !allowed.Contains(wanted)),
                resourceClass,
                found,
                IsOptional: architecture is null && allowed.Count > 1 && found?.IsOfArchitecture != true);
        }
    }
}

/// <summary>A launch template that a pool needs.</summary>
/// <param name="Scope">What for.</param>
/// <param name="Class">The class of its machines.</param>
/// <param name="Image">Their image; null when the pool names none.</param>
/// <param name="IsOptional">Whether machines of the other architecture will do when the image is not made for this one.</param>
internal sealed record TemplateWish(TemplateScope Scope, V1Alpha1ResourceClass Class, ChosenImage? Image, bool IsOptional);
