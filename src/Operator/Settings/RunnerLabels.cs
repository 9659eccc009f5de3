using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;

namespace Operator.Settings;

/// <summary>What runners are registered with.</summary>
internal static class RunnerLabels
{
    private const string SelfHosted = "self-hosted";

    /// <summary>GitHub takes no more.</summary>
    public const int MostLabels = 100;

    /// <summary>
    /// The labels of a pool that webhooks ask for runners: its own, and those that every self-hosted runner has that was set up by hand.
    /// GitHub gives them to no runner that is registered just in time, but workflows name them all the same.
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
