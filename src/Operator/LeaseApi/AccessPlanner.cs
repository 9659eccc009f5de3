using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;
using Operator.LeaseApi.Tokens;
using Operator.Settings;

namespace Operator.LeaseApi;

/// <summary>Decides whether a workflow run may take leases of a pool, by the pool's <c>spec.access</c>. Ids are compared, never names. Pure.</summary>
internal static class AccessPlanner
{
    /// <summary>Events that nobody outside the repository can cause.</summary>
    public static readonly IReadOnlyList<string> TrustedEvents = ["push", "schedule", "workflow_dispatch", "repository_dispatch", "merge_group", "release", "deployment"];

    private static readonly IReadOnlyList<string> OwnMachines = ["github-hosted"];

    /// <summary>The pools that a run may take leases of, by namespace and name.</summary>
    public static IReadOnlyList<V1Alpha1RunnerPool> Allowed(IEnumerable<V1Alpha1RunnerPool> pools, RunIdentity run) =>
        [.. pools.Where(pool => DenialOf(pool, run) is null).OrderBy(pool => NamespacedName.From(pool))];

    /// <summary>Why a run may not; null where it may.</summary>
    public static string? DenialOf(V1Alpha1RunnerPool pool, RunIdentity run)
    {
        if (pool.Metadata.DeletionTimestamp is not null || OidcIssuers.Of(pool) != run.Issuer || !Serves(pool, run))
        {
            return "the pool has no runners for this repository";
        }

        string? closest = null;
        foreach (var rule in pool.Spec.Access!.Allow ?? [])
        {
            if (rule.OwnerId == run.OwnerId && rule.RepositoryIds?.Contains(run.RepositoryId) != false)
            {
                if (Unmet(rule, run) is not { } unmet)
                {
                    return null;
                }

                closest ??= unmet;
            }
        }

        return closest ?? $"no rule of spec.access.allow names the owner {run.OwnerId} with the repository {run.RepositoryId}";
    }

    // Names are enough here: a pool that is registered elsewhere has no runner that the run's jobs could reach.
    private static bool Serves(V1Alpha1RunnerPool pool, RunIdentity run) =>
        PoolTargets.GitHubOf(pool) is { } target && JobSite.At(target, run.Repository).IsBelow(target);

    private static string? Unmet(AccessRule rule, RunIdentity run) =>
        !(rule.Events ?? TrustedEvents).Contains(run.Event) ? $"runs of the event {Shown(run.Event)} may not (access.allow.events)"
        : !(rule.RunnerEnvironments ?? OwnMachines).Contains(run.RunnerEnvironment) ? $"a job on a {Shown(run.RunnerEnvironment)} runner may not ask (access.allow.runnerEnvironments)"
        : rule.Refs is { } refs && !refs.Exists(pattern => Matches(run.Ref, pattern)) ? $"runs of {Shown(run.Ref)} may not (access.allow.refs)"
        : rule.Environments is { } environments && (run.Environment is null || !environments.Contains(run.Environment)) ? "the job is not of an environment that may (access.allow.environments)"
        : rule.JobWorkflowRefs is { } files && !files.Exists(pattern => Matches(run.JobWorkflowRef, pattern)) ? $"{Shown(run.JobWorkflowRef)} may not (access.allow.jobWorkflowRefs)"
        : null;

    /// <summary>Whether a text is as a pattern says, in which <c>*</c> stands for any text, none included. Takes time by the product of their lengths at most.</summary>
    public static bool Matches(string text, string pattern)
    {
        var (at, by, star, retry) = (0, 0, -1, 0);
        while (at < text.Length)
        {
            if (by < pattern.Length && pattern[by] == '*')
            {
                (star, retry) = (by++, at);
            }
            else if (by < pattern.Length && pattern[by] == text[at])
            {
                (at, by) = (at + 1, by + 1);
            }
            else if (star >= 0)
            {
                (by, at) = (star + 1, ++retry);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(by).TrimEnd('*').IsEmpty;
    }

    private static string Shown(string text) => ErrorText.Shorten(text, 200);
}
