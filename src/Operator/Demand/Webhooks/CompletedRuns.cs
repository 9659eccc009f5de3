using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.Settings;

namespace Operator.Demand.Webhooks;

/// <summary>GitHub's event <c>workflow_run</c>: its end is noted in the lease sets that the run holds. Any replica hears it; the leader releases them.</summary>
internal sealed class CompletedRuns(
    IKubernetesClient client, IStore<V1Alpha1RunnerLeaseSet> sets, IStore<V1Alpha1RunnerPool> pools, TimeProvider timeProvider)
{
    private const int LongestConclusion = 64;

    public async Task<WebhookResult> NoteAsync(byte[] body, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (WebhookBody.Read(body, WebhookEventJson.Default.WorkflowRunEvent) is not { WorkflowRun: { Id: > 0 } run } said || JobSite.From(said.Repository, said.Enterprise?.Slug) is not { } site)
        {
            return WebhookResult.Malformed("the body is not that of workflow_run");
        }

        if (said.Action != "completed")
        {
            return WebhookResult.Ignored("of workflow runs only the end matters here");
        }

        var held = sets.ByIndex(RunIndex, run.Id.ToString(CultureInfo.InvariantCulture)).Where(set => Concerns(set, run, site, said.Repository!.Id, trust)).ToList();
        EachItem.ThrowIfAny(await EachItem.HandleAsync(held, (set, token) => WriteAsync(set, run, token), cancellationToken));
        return held.Count > 0
            ? WebhookResult.Done(nameof(JobEventResult.Recorded)) with { HasStored = true }
            : WebhookResult.Ignored("no lease set is held by this run");
    }

    /// <summary>Makes sets findable by their runs.</summary>
    public static void AddIndexes(IStore<V1Alpha1RunnerLeaseSet> sets) =>
        sets.AddIndex(RunIndex, set => set.Spec?.Holder is { Kind: LeaseHolders.WorkflowRun, RunId: { } run } ? [run] : []);

    private const string RunIndex = "run";

    // The sender speaks for the pools with its Secret, and of the repositories that their runners serve. An earlier attempt's end comes late.
    private bool Concerns(V1Alpha1RunnerLeaseSet set, GitHubWorkflowRun run, JobSite site, long repositoryId, WebhookTrust trust)
    {
        var (holder, attempt) = (set.Spec.Holder!, Math.Max(1, run.RunAttempt));
        return set.Status?.EndedAt is null
            && attempt >= (holder.RunAttempt ?? 1) && attempt > (set.Status?.Run?.Attempt ?? 0)
            && (holder.RepositoryId is { } id
                ? id == repositoryId.ToString(CultureInfo.InvariantCulture)
                : string.Equals(holder.Repository, site.Repository, StringComparison.OrdinalIgnoreCase))
            && pools.Get(new(set.Metadata.NamespaceProperty ?? "", set.Spec.PoolName)) is { } pool
            && trust.Covers(pool) && PoolTargets.GitHubOf(pool) is { } target && site.IsBelow(target);
    }

    private async Task WriteAsync(V1Alpha1RunnerLeaseSet set, GitHubWorkflowRun run, CancellationToken cancellationToken)
    {
        var told = new CompletedRun
        {
            Attempt = Math.Max(1, run.RunAttempt),
            Conclusion = run.Conclusion is { } conclusion ? ErrorText.Shorten(conclusion, LongestConclusion) : null,
            Source = "Webhook",
            NoticedAt = timeProvider.GetUtcNow(),
        };
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = set.Metadata.Uid },
            ["status"] = new JsonObject { ["run"] = JsonSerializer.SerializeToNode(told, EntitiesJsonContext.Default.CompletedRun) },
        };
        try
        {
            sets.Upsert(await client.PatchAsync<V1Alpha1RunnerLeaseSet>(NamespacedName.From(set), patch, "status", cancellationToken));
        }
        catch (KubernetesApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // It is gone, or another one has its name: nothing is held any more.
        }
    }
}

/// <summary>GitHub's event <c>workflow_run</c>: what of it matters here.</summary>
internal sealed record WorkflowRunEvent
{
    /// <summary><c>requested</c>, <c>in_progress</c> or <c>completed</c>.</summary>
    public string? Action { get; init; }

    public GitHubWorkflowRun? WorkflowRun { get; init; }

    public GitHubRepository? Repository { get; init; }

    public EventEnterprise? Enterprise { get; init; }
}
