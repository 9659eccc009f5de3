using Operator.Clients.GitHub;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>Applies a <see cref="JobSettlement"/>: whenever a job leaves the queue, every other one keeps a lease that stands for it.</summary>
internal sealed class JobBooks(JobLeases leases, RecentIds<long> finished) : IDisposable
{
    // One after the other: what two runners pass on to each other's leases at once would get lost.
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>Whether a job has been heard to end.</summary>
    public bool IsOver(GitHubJob job) => finished.Contains(job.Id);

    /// <summary>A job has ended: whatever else is heard of it is late.</summary>
    public void NoteEnd(GitHubJob job) => finished.Add(job.Id);

    /// <summary>A job runs, or is over.</summary>
    /// <param name="job">The job, with the runner that took it, if any.</param>
    /// <param name="trust">For whom it may be spoken.</param>
    /// <param name="report">Stores what it means for the lease that serves it; null for nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it concerned any lease.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses a change.</exception>
    public async Task<bool> SettleAsync(GitHubJob job, WebhookTrust trust, Func<V1Alpha1RunnerLease, Task>? report, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var server = string.IsNullOrEmpty(job.RunnerName) ? null : leases.OfRunner(job.RunnerName, trust);

            // What the runner's lease was made for first: once it is on record as busy, its label calls for nobody.
            await PassOnAsync(job, server, trust, cancellationToken);
            if (server is not null && report is not null)
            {
                await report(server);
            }

            return await FreeAsync(job, server, trust, cancellationToken) || server is not null;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task PassOnAsync(GitHubJob job, V1Alpha1RunnerLease? server, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (server is null || leases.PoolOf(server) is not { } pool || Plan(job, server, trust) is not { Orphan: { } orphan, Heir: var heir })
        {
            return;
        }

        if (heir is null || !await leases.RetagAsync(heir, orphan, cancellationToken))
        {
            await leases.CreateAsync(pool, orphan, insteadOf: server, cancellationToken);
        }
    }

    private async Task<bool> FreeAsync(GitHubJob job, V1Alpha1RunnerLease? server, WebhookTrust trust, CancellationToken cancellationToken)
    {
        var free = Plan(job, server, trust).Free;
        foreach (var lease in free)
        {
            await leases.RetagAsync(lease, tag: null, cancellationToken);
        }

        if (server is not null && IsOver(job) && ServesAgain(server) && !JobSettlement.Keeps(JobTag.IdOf(job), server, Standing(trust), IsOver))
        {
            await leases.RetagAsync(server, tag: null, cancellationToken);
        }

        return free.Count > 0;
    }

    private Settlement Plan(GitHubJob job, V1Alpha1RunnerLease? server, WebhookTrust trust) =>
        JobSettlement.Plan(JobTag.IdOf(job), server, Standing(trust), IsOver);

    private Func<string, IReadOnlyList<V1Alpha1RunnerLease>> Standing(WebhookTrust trust) => id => leases.OfJob(id, trust);

    private bool IsOver(string jobId) => JobTag.TryParse(jobId, out var id) && finished.Contains(id);

    private bool ServesAgain(V1Alpha1RunnerLease lease) => leases.PoolOf(lease)?.Spec.Runner.Lifecycle == RunnerLifecycle.Reusable;
}
