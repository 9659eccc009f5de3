using System.Collections.Concurrent;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Ownership;

/// <summary>
/// Terminates instances without a lease according to <see cref="OrphanEndPlanner"/>. Its state per instance is lost on a restart, which
/// only makes the instance wait longer, and ends with the instance.
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

    // Causes by pool, as long as the account has orphans.
    private readonly ConcurrentDictionary<AwsAccount, HashSet<(string? PoolUid, string Reason)>> _reported = new();

    /// <summary>Whether some were found recently, so that sweeps should run often.</summary>
    public bool AreFresh => _orphans.Values.SelectMany(orphans => orphans.Values)
        .Any(orphan => timeProvider.GetUtcNow() < orphan.FoundAt + OrphanEndPlanner.AnswerGrace);

    /// <summary>Advances each orphan that two listings have shown by one step.</summary>
    /// <param name="account">The account.</param>
    /// <param name="listed">All live instances there.</param>
    /// <param name="found">Those without a lease.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    public async Task EndAsync(
        AwsAccount account, IReadOnlyDictionary<string, Instance> listed, IReadOnlyList<Instance> found, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var known = _orphans.GetValueOrDefault(account) ?? new Dictionary<string, Orphan>();
        var orphans = found.ToDictionary(
            instance => instance.Id, instance => known.GetValueOrDefault(instance.Id) ?? new Orphan { FoundAt = now }, StringComparer.Ordinal);
        _orphans[account] = orphans;
        if (orphans.Count == 0)
        {
            _reported.TryRemove(account, out _);
        }

        foreach (var id in known.Where(pair => pair.Value.IsEnding && !(listed.GetValueOrDefault(pair.Key) is { IsGone: false })).Select(pair => pair.Key))
        {
            report.Gone(id);
        }

        foreach (var instance in found.Where(instance => known.ContainsKey(instance.Id) && orphans[instance.Id].RetryAt <= now))
        {
            await EndAsync(account, instance, orphans[instance.Id], cancellationToken);
        }
    }

    /// <summary>Drops accounts in which no pool has or had machines.</summary>
    public void Keep(IReadOnlyCollection<AwsAccount> accounts)
    {
        foreach (var account in _orphans.Keys.Where(account => !accounts.Contains(account)))
        {
            _orphans.TryRemove(account, out _);
            _reported.TryRemove(account, out _);
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
            // The others continue; this one is retried when its back-off ends. A pool's orphans share causes, each of which is reported
            // once.
            orphan.RetryAt = timeProvider.GetUtcNow() + (e.RetryAfter ?? TimeSpan.Zero);
            if (_reported.GetOrAdd(account, _ => []).Add((pool?.Metadata.Uid, e.Reason)))
            {
                report.Failed($"instance {instance.Id}", pool, e);
            }
        }
    }

    private async Task AdvanceAsync(
        AwsAccount account, Instance instance, V1Alpha1RunnerPool? pool, Orphan orphan, CancellationToken cancellationToken)
    {
        var step = Plan(orphan, pool);
        if (step == OrphanStep.ReadMailbox)
        {
            await ReadMailboxAsync(account, instance, orphan, cancellationToken);
            step = Plan(orphan, pool);
        }

        switch (step)
        {
            case OrphanStep.SendStop:
                if (orphan.StopSentAt is not null)
                {
                    await ReadMailboxAsync(account, instance, orphan, cancellationToken);
                }

                await mailbox.PutAsync(account, instance.Id, new InstanceCommand.Stop(), cancellationToken);
                (orphan.StopSentAt, orphan.Command, orphan.IsEnding) = (timeProvider.GetUtcNow(), CommandState.Unknown, true);
                break;
            case OrphanStep.Terminate or OrphanStep.TerminateAtLimit:
                await TerminateAsync(account, instance, pool, orphan, step, cancellationToken);
                break;
        }
    }

    private async Task ReadMailboxAsync(AwsAccount account, Instance instance, Orphan orphan, CancellationToken cancellationToken)
    {
        if (await mailbox.HasCommandAsync(account, instance.Id, cancellationToken))
        {
            orphan.Command = CommandState.Unread;
        }
        else
        {
            (orphan.Command, orphan.AnsweredAt) = (CommandState.Taken, timeProvider.GetUtcNow());
        }
    }

    private async Task TerminateAsync(
        AwsAccount account, Instance instance, V1Alpha1RunnerPool? pool, Orphan orphan, OrphanStep step, CancellationToken cancellationToken)
    {
        // Unread is valid only now: if EC2 refuses, the machine may have taken the command by the next attempt.
        orphan.Command = CommandState.Unknown;
        await instances.TerminateAsync(account, instance.Id, cancellationToken);
        if (!orphan.IsTerminated)
        {
            report.Terminated(instance.Id, pool, step, orphan.FoundAt);
        }

        (orphan.IsEnding, orphan.IsTerminated) = (true, true);
        await mailbox.RevokeFromGoneAsync(account, instance.Id, cancellationToken, mayHoldSecrets: true);
    }

    private OrphanStep Plan(Orphan orphan, V1Alpha1RunnerPool? pool) => OrphanEndPlanner.Plan(new(
        orphan.FoundAt,
        orphan.StopSentAt,
        orphan.Command,
        pool is null ? PoolRegistrations.Unknown : registrations.OutcomeFor(pool.Metadata.Uid!, orphan.FoundAt),
        OrphanEndPlanner.LimitOf(pool is null ? null : PoolValidation.TimesOf(pool.Spec.Runner).MaxRuntime),
        timeProvider.GetUtcNow())
    {
        AnsweredAt = orphan.AnsweredAt,
    });

    private sealed class Orphan
    {
        public required DateTimeOffset FoundAt { get; init; }

        public DateTimeOffset? AnsweredAt { get; set; }

        public DateTimeOffset? StopSentAt { get; set; }

        /// <summary>When to retry after a refusal.</summary>
        public DateTimeOffset RetryAt { get; set; }

        public CommandState Command { get; set; }

        /// <summary>Whether its termination has been initiated.</summary>
        public bool IsEnding { get; set; }

        public bool IsTerminated { get; set; }

        public bool IsReported { get; set; }
    }
}
