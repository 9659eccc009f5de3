using System.Diagnostics.CodeAnalysis;
using Operator.Aws;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitLab;

namespace Operator.Settings;

/// <summary>The forge of a pool, whichever it is. Pure.</summary>
internal static class PoolTargets
{
    /// <summary>Tags at GitLab that name the executor begin so.</summary>
    private const string ExecutorTag = "glexecutor-";

    /// <summary>Where a pool's runners are registered.</summary>
    /// <param name="spec">Its spec.</param>
    /// <param name="target">The target, if it can be parsed.</param>
    /// <param name="problem">Otherwise the field, what is wrong with it, and what to write.</param>
    public static bool TryParse(RunnerPoolSpec? spec, [NotNullWhen(true)] out ForgeTarget? target, [NotNullWhen(false)] out string? problem)
    {
        (target, problem) = spec switch
        {
            { GitHub: null, GitLab: { } gitLab } => GitLabTarget.TryCreate(gitLab.Url, gitLab.Group, gitLab.Project, out var place, out var wrong)
                ? (place, null) : ((ForgeTarget?)null, $"spec.gitlab: {wrong}"),
            { GitHub: not null, GitLab: not null } => (null, "spec: give exactly one of github and gitlab"),
            _ => GitHubTarget.TryParse(spec?.GitHub?.Url ?? "", out var place, out var wrong) ? (place, null) : (null, $"spec.github.url: {wrong}"),
        };
        return target is not null;
    }

    /// <summary>The forge of a pool.</summary>
    public static ForgeKind ForgeOf(RunnerPoolSpec spec) => spec.GitLab is null ? ForgeKind.GitHub : ForgeKind.GitLab;

    /// <summary>The GitHub target of a pool; null for a pool of a GitLab, or one that cannot be parsed.</summary>
    public static GitHubTarget? GitHubOf(V1Alpha1RunnerPool? pool) => GitHubTarget.TryParse(pool?.Spec.GitHub?.Url, out var target, out _) ? target : null;

    /// <summary>The URL of its page or GitLab as written; empty for none.</summary>
    public static string UrlOf(RunnerPoolSpec spec) => spec.GitHub?.Url ?? spec.GitLab?.Url ?? "";

    /// <summary>The Secret with its credentials.</summary>
    public static NamespacedName SecretOf(V1Alpha1RunnerPool pool) =>
        new(pool.Metadata.NamespaceProperty ?? "", pool.Spec.GitHub?.CredentialsSecretName ?? pool.Spec.GitLab?.CredentialsSecretName ?? "");

    /// <summary>The labels or tags of all its runners; without those that depend on the operating system until the image is known.</summary>
    public static IReadOnlyList<string> LabelsOf(V1Alpha1RunnerPool pool) =>
        pool.Spec.GitLab is { } gitLab ? [.. (gitLab.Tags ?? []).Concat(OfSystem(gitLab, pool.Status?.LaunchTemplate)).Distinct(StringComparer.Ordinal)] : pool.Spec.GitHub?.Labels ?? [];

    /// <summary>The labels or tags by which its runners describe their machines.</summary>
    public static IReadOnlyList<SelfLabel> SelfLabelsOf(RunnerPoolSpec spec) => spec.GitLab is { } gitLab ? gitLab.SelfTags ?? [SelfLabel.UsageClass] : spec.GitHub?.SelfLabels ?? [];

    /// <summary>A pool's demand source, with the schema's default. Pending jobs of a GitLab are assigned to leases one by one, like jobs that come by webhook.</summary>
    public static DemandSource DemandOf(RunnerPoolSpec spec) =>
        spec.GitLab is { } gitLab ? gitLab.Demand == GitLabDemand.LeasesOnly ? DemandSource.LeasesOnly : DemandSource.Webhook : spec.GitHub?.Demand ?? DemandSource.ScaleSet;

    /// <summary>The demand source as its forge's part of the spec names it.</summary>
    public static string SourceOf(RunnerPoolSpec spec) => spec.GitLab is { } gitLab ? (gitLab.Demand ?? GitLabDemand.PendingJobs).ToString() : DemandOf(spec).ToString();

    private static string[] OfSystem(GitLabSpec gitLab, LaunchTemplateStatus? template)
    {
        var system = Platforms.IsWindows(template?.Platform ?? "") ? OperatingSystemKind.Windows : OperatingSystemKind.Linux;
        return template is null ? [] : [WireNames.Format(system), ExecutorTag + WireNames.Format(gitLab.Executor ?? GitLabExecutor.Shell, system)];
    }
}
