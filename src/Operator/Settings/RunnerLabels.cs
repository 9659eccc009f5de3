using Operator.Aws.Offerings;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;

namespace Operator.Settings;

/// <summary>Labels that runners are registered with.</summary>
internal static class RunnerLabels
{
    private const string SelfHosted = "self-hosted";

    /// <summary>GitHub's maximum.</summary>
    public const int MostLabels = 100;

    /// <summary>
    /// The labels served by a pool with webhook demand: its own, and those of every manually installed self-hosted runner. GitHub does not
    /// add those to just-in-time runners, but workflows use them anyway.
    /// </summary>
    public static IReadOnlyList<string> ForWebhooks(V1Alpha1RunnerPool pool, IEnumerable<V1Alpha1ResourceClass> classes)
    {
        var machine = ResourceClassFinder.Find(classes, pool.Spec.ResourceClassName)?.Spec;
        return [.. (pool.Spec.GitHub?.Labels ?? []).Concat(Implied(machine)).Distinct(StringComparer.OrdinalIgnoreCase).Take(MostLabels)];
    }

    private static IEnumerable<string> Implied(ResourceClassSpec? machine) => machine is null ? [SelfHosted] :
    [
        SelfHosted,
        WireNames.Format(machine.OperatingSystem ?? OperatingSystemKind.Linux),
        .. TemplatePlanner.ArchitecturesOf(machine) is [var only] ? [LabelOf(only)] : Array.Empty<string>(),
    ];

    /// <summary>
    /// A pool's labels as a lease's runner has them: one that was made for another architecture than the pool's must not get jobs that name the pool's.
    /// </summary>
    public static IEnumerable<string> Of(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        TemplateChoice.ArchitectureOf(lease) is { } own && pool.Architecture is { } usual and not MachineNeeds.AnyArchitecture && own != usual
            ? pool.Labels.Where(label => !label.Equals(LabelOf(usual), StringComparison.OrdinalIgnoreCase)) : pool.Labels;

    private static string LabelOf(string architecture) => architecture == "arm64" ? "arm64" : "x64";
}
