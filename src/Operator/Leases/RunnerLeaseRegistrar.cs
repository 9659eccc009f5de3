using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;

namespace Operator.Leases;

/// <summary>Registers a lease's runner at GitHub and removes it again. Names are computed, so a crash in between is detected.</summary>
internal sealed class RunnerLeaseRegistrar(
    JitConfigs configs,
    RegistrationTokens tokens,
    PoolScopes scopes,
    IMailbox mailbox,
    ClusterIdentity cluster,
    RegistrationRemover remover)
{
    /// <summary>A command sent before the machine can have booted is read at boot; a later one needs the wake-up tag.</summary>
    private static readonly TimeSpan QuickestBoot = TimeSpan.FromSeconds(5);

    /// <summary>The schema's limit.</summary>
    private const int MostOfName = 128;

    public async Task<RunnerLeaseObservation?> RegisterAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var (lease, pool) = (observed.Lease, observed.Pool!);
        var status = lease.Status!;
        if (ServicePlanner.UsesToken(lease, pool))
        {
            return await ConfigureAsync(observed, pool.TokenRefresh!.Value, cancellationToken);
        }

        var sequence = (status.Runner?.Sequence ?? 0) + 1;
        var scope = await scopes.ForRegistrationAsync(pool.Key, RunnerLeasePlanner.BelongsToScaleSet(lease, pool), cancellationToken);
        var registered = await configs.GenerateAsync(scope, observed, NameOf(lease, pool.Uid, sequence), cancellationToken);

        if (registered.Runner.StartSecret is { } jitConfig)
        {
            await SendAsync(observed, registered, RunOf(observed, sequence) with { JitConfig = jitConfig }, cancellationToken);
        }

        status.Runner = new()
        {
            Id = registered.Runner.Id,
            Name = ErrorText.Shorten(registered.Runner.Name, MostOfName),
            Url = scope.Target.WebUrl.AbsoluteUri,
            Sequence = sequence,
            RegisteredAt = observed.Now,
            ScaleSetId = registered.ScaleSetId,
            Labels = registered.Labels,
            HeldFor = MachineUse.RepositoryOf(lease),
        };
        return observed with { Registration = RegistrationView.Unknown };
    }

    /// <summary>Tells the machine to start the runner that it has registered itself. The machine does so once, however often it is told.</summary>
    public async Task<RunnerLeaseObservation?> StartAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var runner = observed.Lease.Status!.Runner!;
        await mailbox.PutAsync(observed.Account(), observed.Lease.Status.Instance!.Id!, RunOf(observed, runner.Sequence ?? 1) with { RunnerName = runner.Name, Notify = true }, cancellationToken);
        runner.AwaitsStart = null;
        return observed;
    }

    // The name stays until GitHub has listed it, so that whatever the machine has registered by an earlier command is replaced.
    private async Task<RunnerLeaseObservation?> ConfigureAsync(RunnerLeaseObservation observed, TimeSpan refresh, CancellationToken cancellationToken)
    {
        var (lease, pool) = (observed.Lease, observed.Pool!);
        var status = lease.Status!;
        var isAgain = AwaitedRunners.IsAwaited(status.Runner);
        var sequence = isAgain ? status.Runner!.Sequence ?? 1 : (status.Runner?.Sequence ?? 0) + 1;
        var scope = await scopes.ReadAsync(pool.Key, cancellationToken);
        var token = await tokens.GetAsync(scope, refresh, cancellationToken);
        var runner = new LeasedRunner
        {
            Name = ErrorText.Shorten(NameOf(lease, pool.Uid, sequence), MostOfName),
            Url = scope.Target.WebUrl.AbsoluteUri,
            Sequence = sequence,
            RegisteredAt = isAgain ? status.Runner!.RegisteredAt : observed.Now,
            TokenExpiresAt = token.ExpiresAt,
            Labels = [.. RunnerLeasePlanner.LabelsFor(lease, pool)],
            HeldFor = MachineUse.RepositoryOf(lease),
        };
        var group = scope is GitHubScope { Target.HasRunnerGroups: true } gitHub && !DefaultRunnerGroup.IsMeantBy(gitHub.RunnerGroup) ? gitHub.RunnerGroup : null;
        await mailbox.PutAsync(
            observed.Account(), status.Instance!.Id!, new InstanceCommand.Configure(scope.Target.WebUrl, runner.Name, runner.Labels, group, token.Value, MustRing(observed, sequence)), cancellationToken);
        status.Runner = runner;
        return observed;
    }

    private static InstanceCommand.Run RunOf(RunnerLeaseObservation observed, int sequence)
    {
        var (lease, pool) = (observed.Lease, observed.Pool!);
        var waits = RunnerLeasePlanner.IsHeld(lease) || pool.Lifecycle == RunnerLifecycle.Reusable;
        return new(null, waits, MustRing(observed, sequence), ServicePlanner.MaxRuntime(lease, pool)) { PreRunnerScript = lease.Spec.PreRunnerScript };
    }

    private static bool MustRing(RunnerLeaseObservation observed, int sequence) =>
        sequence > 1 || observed.Lease.Status!.AdoptedFrom is not null || observed.Now > observed.Lease.Status.Instance!.LaunchedAt + QuickestBoot;

    private async Task SendAsync(RunnerLeaseObservation observed, JitRegistration registered, InstanceCommand.Run command, CancellationToken cancellationToken)
    {
        configs.Forget(observed.Lease); // even if this call fails without an answer, the machine may have it
        try
        {
            await mailbox.PutAsync(observed.Account(), observed.Lease.Status!.Instance!.Id!, command, cancellationToken);
        }
        catch (ProviderException e) when (!AwsFailures.IsOutcomeUnknown(e))
        {
            configs.Keep(observed.Lease, registered);
            throw;
        }
    }

    public async Task<RunnerLeaseObservation?> DeregisterAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        var isFirst = await IsFirstRequestAsync(observed, cancellationToken);
        var outcome = await RemoveOrLeaveAsync(observed, cancellationToken);
        if (outcome == RemovalOutcome.Busy)
        {
            status.Drain?.RemovalRequestedAt = null;
            LeaseStatusUpdater.ApplyObservation(
                status, RunnerLeasePlanner.IsHeld(observed.Lease), observed.Instance, RegistrationView.Refused, observed.Now);
            return observed with { Registration = RegistrationView.Refused };
        }

        if (observed.Lease.Metadata.DeletionTimestamp is not null || status.Drain is not null)
        {
            status.Drain ??= new() { BegunAt = observed.Now };
            status.Drain.RegistrationRemovedAt = observed.Now;
            status.Drain.RemovedLive = outcome == RemovalOutcome.Removed ? true : outcome == RemovalOutcome.AlreadyGone && isFirst ? false : null;
        }

        LeaseStatusUpdater.ApplyRemoval(status, observed.Registration, isProven: outcome == RemovalOutcome.AlreadyGone, observed.Now);
        return observed with { Registration = RegistrationView.Gone };
    }

    // A held runner has no other source for the end of its job. That its registration disappeared by itself is proven only if this operator
    // did not delete it before a crash, so the request is recorded first.
    private async Task<bool> IsFirstRequestAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var (lease, status) = (observed.Lease, observed.Lease.Status!);
        var isFarewell = lease.Metadata.DeletionTimestamp is not null || status.Drain is not null;
        if (!isFarewell || !RunnerLeasePlanner.IsHeld(lease) || status is not { Runner.Id: not null, Drain: null or { RemovalRequestedAt: null } })
        {
            return false;
        }

        status.Drain ??= new() { BegunAt = observed.Now };
        status.Drain.RemovalRequestedAt = observed.Now;
        await remover.RecordRequestAsync(observed, cancellationToken);
        return true;
    }

    /// <summary>
    /// Removes the registration of a machine that is gone; if GitHub refuses because of a job, the sweep removes it later.
    /// </summary>
    public async Task DropAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        if (observed.Lease.Status?.Runner is { } runner && (runner.Id is not null || AwaitedRunners.IsAwaited(runner)))
        {
            await RemoveOrLeaveAsync(observed, cancellationToken);
        }
    }

    private async Task<RemovalOutcome?> RemoveOrLeaveAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        try
        {
            return await remover.RemoveAsync(observed.Lease, cancellationToken);
        }
        catch (ProviderException e) when (IsTimeUp(observed, e))
        {
            remover.Leave(observed.Lease, e);
            return null;
        }
    }

    // A live machine finishes any job it may still be given, so that no job is lost with a registration that stays.
    private static bool IsTimeUp(RunnerLeaseObservation observed, ProviderException failure)
    {
        var (lease, isGone) = (observed.Lease, observed.Instance is InstanceView.Gone);
        var since = isGone ? lease.Status?.Instance?.GoneAt : lease.Metadata.DeletionTimestamp ?? lease.Status?.Drain?.BegunAt;
        var isForGood = failure is not RegistryException { IsPermanent: false };
        return since + (isForGood && !isGone ? LeaseTimings.RefusalGrace : LeaseTimings.GiveUpAfter) <= observed.Now;
    }

    private string NameOf(V1Alpha1RunnerLease lease, string poolUid, int sequence) =>
        RunnerNames.For(cluster.Id, poolUid, lease.Metadata.Name!, lease.Metadata.Uid!, sequence);
}
