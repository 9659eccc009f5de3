using Operator.Entities.ResourceClasses;
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
        return [.. (pool.Spec.GitHub.Labels ?? []).Concat(Implied(machine)).Distinct(StringComparer.OrdinalIgnoreCase).Take(MostLabels)];
    }

    private static IEnumerable<string> Implied(ResourceClassSpec? machine) => machine is null ? [SelfHosted] :
    [
        SelfHosted,
        machine.OperatingSystem == OperatingSystemKind.Windows ? "windows" : "linux",
        machine.Architecture == Architecture.Arm64 ? "arm64" : "x64",
    ];
}
