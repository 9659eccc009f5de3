using Operator.Aws;
using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Maintains the Auto Scaling groups of pools that have one, and removes those of pools that have one no more.</summary>
internal sealed class PoolGroups(IAutoScalingGroupProvider groups, IInstanceProvider instances, LaunchNeeds needs, GroupLaunchFailures failures, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>How long the calls of one pool are apart: leases of a burst come one by one, and the account has one request rate for all groups.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>How long a launch may take before the group is asked why it does not come, and how often.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Memory = TimeSpan.FromHours(3);

    private readonly ExpiringMap<string, GroupMemory> _memories = new(Memory, timeProvider, StringComparer.Ordinal);

    /// <summary>Brings a pool's group to what its leases need.</summary>
    /// <returns>When to look again; null for nothing to wait for.</returns>
    public async Task<TimeSpan?> ApplyAsync(PoolPreconditions prepared, IReadOnlyList<V1Alpha1RunnerLease> leases, CancellationToken cancellationToken)
    {
        if (prepared.Settings is not { } settings || (settings.Backend != LaunchBackend.AutoScalingGroup && prepared.Pool.Status?.AutoScalingGroup is null))
        {
            return null;
        }

        try
        {
            return await ApplyAsync(prepared, settings, leases, cancellationToken);
        }
        catch (ProviderException e)
        {
            prepared.Group = new(IsReady: false, e.Reason, e.Message);
            return e.RetryAfter ?? ProviderException.DefaultRetry;
        }
    }

    /// <summary>Removes the group of a pool without leases. Machines that no lease explains end first, as everywhere: one of them may run a job.</summary>
    /// <exception cref="ProviderException">It cannot be removed yet.</exception>
    public async Task RemoveAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var (account, name) = PlaceOf(pool);
        var living = (await groups.ReadAsync(account, name, cancellationToken))?.Members.Count(member => !member.IsLeaving && !IsGone(account, member)) ?? 0;
        if (living > 0)
        {
            throw new ProviderException(RunnerPoolReasons.GroupRemains, $"{living} machines of the Auto Scaling group {name} have no lease and still run") { RetryAfter = Poll };
        }

        await groups.DeleteAsync(account, name, cancellationToken);
        _memories.Remove(pool.Metadata.Uid!);
    }

    /// <summary>Whether a pool has a group, or may have: its name is written down only after it was made.</summary>
    public static bool MayHave(V1Alpha1RunnerPool pool) => pool.Spec.Launch.Backend == LaunchBackend.AutoScalingGroup || pool.Status?.AutoScalingGroup is not null;

    private async Task<TimeSpan?> ApplyAsync(PoolPreconditions prepared, PoolSettings settings, IReadOnlyList<V1Alpha1RunnerLease> leases, CancellationToken cancellationToken)
    {
        var (account, name) = PlaceOf(prepared.Pool);
        var isLeft = settings.Backend != LaunchBackend.AutoScalingGroup;
        if (isLeft && leases.All(lease => lease.Status?.Launch?.AutoScalingGroup is null || lease.Status is { Instance: null, Launch.IntentId: null }))
        {
            await RemoveAsync(prepared.Pool, cancellationToken);
            prepared.IsGroupRemoved = true;
            return null;
        }

        var memory = _memories.GetOrRenew(settings.Uid, () => new(Memory, timeProvider));
        var content = isLeft ? null : ContentOf(settings);
        var known = groups.IsListed(account) ? groups.Find(account, name) : await groups.ReadAsync(account, name, cancellationToken);
        var plan = Plan(account, known, content, leases, memory);
        if (plan.Actions.Count > 0)
        {
            if (memory.NextAt - timeProvider.GetUtcNow() is { } pause && pause > TimeSpan.Zero)
            {
                Tell(prepared, settings, known);
                return pause;
            }

            memory.NextAt = timeProvider.GetUtcNow() + Pace;
            known = await groups.ReadAsync(account, name, cancellationToken); // a listing may be seconds old: what is done now must be right now
            plan = Plan(account, known, content, leases, memory);
            foreach (var action in plan.Actions)
            {
                await groups.ApplyAsync(account, name, action, cancellationToken);
                Note(prepared.Pool, name, known, action, memory);
            }
        }

        Tell(prepared, settings, groups.Find(account, name) ?? known);
        await ExplainAsync(prepared, account, name, leases, memory, cancellationToken);
        return plan.Actions.Any(action => action is GroupAction.Create) ? Pace : plan.RequeueAfter; // a new group's processes run until it is looked at again
    }

    private GroupPlan Plan(AwsAccount account, AutoScalingGroup? group, GroupContent? content, IReadOnlyList<V1Alpha1RunnerLease> leases, GroupMemory memory) => GroupPlanner.Plan(new(
        content,
        group,
        leases,
        (group?.Members ?? []).Where(member => IsGone(account, member)).Select(member => member.InstanceId).ToHashSet(StringComparer.Ordinal),
        memory.Beats.Entries.ToDictionary(beat => beat.Key, beat => beat.Value, StringComparer.Ordinal),
        timeProvider.GetUtcNow()));

    // EC2 is the truth for machines; the group says so only of what EC2 does not list any more.
    private bool IsGone(AwsAccount account, GroupMember member) => instances.View(account, member.InstanceId, launchedAt: null) switch
    {
        InstanceView.Gone => true,
        InstanceView.Live => false,
        _ => !member.IsHealthy,
    };

    private GroupContent? ContentOf(PoolSettings settings)
    {
        if (settings.Template is null || settings.IsDeleting)
        {
            return null;
        }

        var (need, isSpot) = (needs.OfGroup(settings), settings.UsageClass == UsageClass.Spot);
        return new(
            settings.Uid, settings.Key.ToString(), need, isSpot ? settings.Purchasing.OnDemandBase ?? 0 : 0, isSpot ? settings.Purchasing.OnDemandPercentageAboveBase ?? 0 : 100,
            settings.MaxRunners, settings.Times.BootTimeout + (settings.Times.BootTimeout / 2));
    }

    private (AwsAccount Account, string Name) PlaceOf(V1Alpha1RunnerPool pool) => pool.Status?.AutoScalingGroup is { Name: { } name } known
        ? (new(known.Region, known.AssumeRoleArn), name)
        : (PoolQueries.AccountOf(pool.Spec.Launch), groups.NameOf(pool.Metadata.Uid!));

    private void Note(V1Alpha1RunnerPool pool, string name, AutoScalingGroup? before, GroupAction action, GroupMemory memory)
    {
        switch (action)
        {
            case GroupAction.Create:
                events.Publish(pool, EventType.Normal, RunnerPoolReasons.GroupCreated, $"made the Auto Scaling group {name}");
                break;
            case GroupAction.SetDesired set when memory.Desired is { } ours && before?.Desired > ours && before.Desired > set.Desired:
                events.Publish(pool, EventType.Normal, RunnerPoolReasons.DesiredCapacityCorrected,
                    $"the desired capacity of the Auto Scaling group {name} was {before.Desired}, and is {set.Desired} again: the pool's leases decide it; change capacity.minIdle or maxRunners of the pool instead");
                break;
            case GroupAction.Beat beat:
                memory.Beats.Set(beat.InstanceId, timeProvider.GetUtcNow());
                break;
        }

        memory.Desired = action switch
        {
            GroupAction.Create create => create.Desired,
            GroupAction.SetDesired set => set.Desired,
            GroupAction.End { Decrement: true } => memory.Desired - 1,
            _ => memory.Desired ?? before?.Desired,
        };
    }

    private static void Tell(PoolPreconditions prepared, PoolSettings settings, AutoScalingGroup? group)
    {
        if (settings.Backend != LaunchBackend.AutoScalingGroup)
        {
            return;
        }

        var stopped = (group?.Suspended ?? []).Intersect(["Launch", "Terminate"], StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        prepared.Group = group switch
        {
            null => new(IsReady: null, RunnerPoolReasons.NotChecked, $"waiting for {prepared.Open?.Condition ?? "the Auto Scaling group"}"),
            { IsDeleting: true } => new(IsReady: false, RunnerPoolReasons.GroupDeleting, $"the Auto Scaling group {group.Name} is being deleted by someone; another one is made when it is gone"),
            _ when stopped.Count > 0 => new(
                IsReady: false, RunnerPoolReasons.ProcessesSuspended,
                $"{string.Join(" and ", stopped)} {(stopped.Count == 1 ? "is" : "are")} suspended in the Auto Scaling group; resume: aws autoscaling resume-processes --auto-scaling-group-name {group.Name}"
                    + $" --scaling-processes {string.Join(' ', stopped)}"),
            _ => new(IsReady: true, RunnerPoolReasons.Ready, $"Auto Scaling group {group.Name}"),
        };
        prepared.GroupName = group?.Name;
    }

    // A group launches by itself, so why it does not is in its activities.
    private async Task ExplainAsync(
        PoolPreconditions prepared, AwsAccount account, string name, IReadOnlyList<V1Alpha1RunnerLease> leases, GroupMemory memory, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        if (prepared.Group is not { IsReady: true } || !leases.Any(lease => GroupLeases.Waits(lease) && lease.Status!.Launch!.At + Patience <= now))
        {
            memory.Failure = null;
            return;
        }

        if (memory.AskedAt + Patience <= now)
        {
            memory.AskedAt = now;
            memory.Failure = await groups.LaunchFailureAsync(account, name, cancellationToken);
            if (memory.Failure is { ActivityId: var id } && id != memory.CountedFailure)
            {
                memory.CountedFailure = id;
                failures.Add(NamespacedName.From(prepared.Pool));
            }
        }

        prepared.Group = memory.Failure is { } failure ? new(IsReady: false, RunnerPoolReasons.GroupLaunchFailed, $"the Auto Scaling group {name} cannot launch: {ErrorText.Shorten(failure.Message, GroupState.MaxMessageLength)}") : prepared.Group;
    }

    /// <summary>What is kept of a pool's group for one term of leadership, for pace and events alone.</summary>
    private sealed class GroupMemory(TimeSpan lifetime, TimeProvider timeProvider)
    {
        public ExpiringMap<string, DateTimeOffset> Beats { get; } = new(lifetime, timeProvider, StringComparer.Ordinal);

        public DateTimeOffset NextAt { get; set; }

        public DateTimeOffset AskedAt { get; set; }

        public LaunchFailure? Failure { get; set; }

        /// <summary>The activity that was counted last.</summary>
        public string? CountedFailure { get; set; }

        /// <summary>The desired capacity as the operator left it; null before it has.</summary>
        public int? Desired { get; set; }
    }
}

/// <summary>The state of a pool's Auto Scaling group, for its condition.</summary>
/// <param name="IsReady">Whether it can launch and terminate machines; null while unknown.</param>
/// <param name="Reason">The condition reason.</param>
/// <param name="Message">What to do, for users.</param>
internal sealed record GroupState(bool? IsReady, string Reason, string Message)
{
    /// <summary>What fits into a condition beside the rest of its message.</summary>
    public const int MaxMessageLength = 768;
}
