using System.Collections.Concurrent;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Ownership;

/// <summary>
/// Brings instances without a lease to their end, as <see cref="OrphanEndPlanner"/> decides. What it remembers of each begins anew with the process,
/// which only makes the instance wait longer, and ends with the instance.
/// </summary>
internal sealed class OrphanedInstances(
    IInstanceProvider instances,
    IMailbox mailbox,
    IStore<V1Alpha1RunnerPool> pools,
    OrphanedRegistrations registrations,
    OrphanReport report,
    TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<AwsAccount, IReadOnlyDictionary<string, Orphan>> _orphans = new();

    /// <summary>Whether some were found just now, so that it pays to look often.</summary>
    public bool AreFresh => _orphans.Values.SelectMany(orphans => orphans.Values)
        .Any(orphan => timeProvider.GetUtcNow() < orphan.FoundAt + OrphanEndPlanner.AnswerGrace);

    /// <summary>Takes each orphan a step further; one that two listings have shown.</summary>
    /// <param name="account">Where they are.</param>
    /// <param name="listed">All living instances there.</param>
    /// <param name="found">Those of them that no lease owns.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    public async Task EndAsync(
        AwsAccount account, IReadOnlyDictionary<string, Instance> listed, IReadOnlyList<Instance> found, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var known = _orphans.GetValueOrDefault(account) ?? new Dictionary<string, Orphan>();
        var orphans = found.ToDictionary(
            instance => instance.Id, instance => known.GetValueOrDefault(instance.Id) ?? new Orphan { FoundAt = now }, StringComparer.Ordinal);
        _orphans[account] = orphans;
        foreach (var id in known.Where(pair => pair.Value.IsEnding && !(listed.GetValueOrDefault(pair.Key) is { IsGone: false })).Select(pair => pair.Key))
        {
            report.Gone(id);
        }

        foreach (var instance in found.Where(instance => known.ContainsKey(instance.Id)))
        {
            await EndAsync(account, instance, orphans[instance.Id], cancellationToken);
        }
    }

    /// <summary>Forgets accounts in which no pool has or had machines.</summary>
    public void Keep(IReadOnlyCollection<AwsAccount> accounts)
    {
        foreach (var account in _orphans.Keys.Where(account => !accounts.Contains(account)))
        {
            _orphans.TryRemove(account, out _);
        }
    }

    private async Task EndAsync(AwsAccount account, Instance instance, Orphan orphan, CancellationToken cancellationToken)
    {
        var pool = pools.List().FirstOrDefault(pool => pool.Metadata.Uid == instance.PoolUid);
        if (!orphan.IsReported)
        {
            orphan.IsReported = true;
            report.Found(instance, pool);
        }

        try
        {
            await AdvanceAsync(account, instance, pool, orphan, cancellationToken);
        }
        catch (ProviderException e)
        {
            // Others go on; this one is tried again in the next round, and reported again for another cause only.
            if (orphan.ReportedCauses.Add(e.Reason))
            {
                report.Failed($"instance {instance.Id}", pool, e);
            }
        }
    }

    private async Task AdvanceAsync(
        AwsAccount account, Instance instance, V1Alpha1RunnerPool? pool, Orphan orphan, CancellationToken cancellationToken)
    {
        var step = Plan(orphan, pool);
        if (step == OrphanStep.LookIntoMailbox)
        {
            orphan.Mail = await mailbox.HasMailAsync(account, instance.Id, cancellationToken) ? MailState.Unread : MailState.Taken;
            step = Plan(orphan, pool);
        }

        switch (step)
        {
            case OrphanStep.SendStop:
                await mailbox.PutAsync(account, instance.Id, new Mail.Stop(), cancellationToken);
                (orphan.StopSentAt, orphan.Mail, orphan.IsEnding) = (timeProvider.GetUtcNow(), MailState.Unknown, true);
                break;
            case OrphanStep.Terminate or OrphanStep.TerminateAtLimit:
                await TerminateAsync(account, instance, pool, orphan, step, cancellationToken);
                break;
        }
    }

    private async Task TerminateAsync(
        AwsAccount account, Instance instance, V1Alpha1RunnerPool? pool, Orphan orphan, OrphanStep step, CancellationToken cancellationToken)
    {
        // Unread is true of this moment only: should EC2 refuse, the machine may have taken the order by the next attempt.
        orphan.Mail = MailState.Unknown;
        await instances.TerminateAsync(account, instance.Id, cancellationToken);
        if (!orphan.IsTerminated)
        {
            report.Terminated(instance.Id, pool, step, orphan.FoundAt);
        }

        (orphan.IsEnding, orphan.IsTerminated) = (true, true);
        await mailbox.WithdrawAsync(account, instance.Id, cancellationToken);
    }

    private OrphanStep Plan(Orphan orphan, V1Alpha1RunnerPool? pool) => OrphanEndPlanner.Plan(new(
        orphan.FoundAt,
        orphan.StopSentAt,
        orphan.Mail,
        pool is null ? PoolRegistrations.Unknown : registrations.Of(pool.Metadata.Uid!, orphan.FoundAt),
        OrphanEndPlanner.LimitOf(pool is null ? null : PoolValidation.TimesOf(pool.Spec.Runner).MaxRuntime),
        timeProvider.GetUtcNow()));

    private sealed class Orphan
    {
        public required DateTimeOffset FoundAt { get; init; }

        public DateTimeOffset? StopSentAt { get; set; }

        public MailState Mail { get; set; }

        /// <summary>Whether something was done that ends it.</summary>
        public bool IsEnding { get; set; }

        public bool IsTerminated { get; set; }

        public bool IsReported { get; set; }

        public HashSet<string> ReportedCauses { get; } = new(StringComparer.Ordinal);
    }
}
