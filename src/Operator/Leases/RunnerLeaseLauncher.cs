using Operator.Aws;
using Operator.Aws.Fleets;
using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Launches machines for leases: intent first, then the effect, and after a crash finding out what the intent has launched.
/// </summary>
internal sealed class RunnerLeaseLauncher(
    InstanceLauncher launcher,
    LaunchNeeds needs,
    IInstanceProvider instances,
    IStore<V1Alpha1RunnerLease> leases,
    LaunchGate gate,
    RunnerLeaseWriter writer)
{
    private static readonly TimeSpan ClaimRetry = TimeSpan.FromSeconds(1);

    public async Task<RunnerLeaseObservation?> LaunchAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        if (GroupLeases.Waits(observed.Lease))
        {
            return await AdoptAsync(observed, observed.Offered!, cancellationToken);
        }

        if (observed.Lease.Status?.Launch?.IntentId is null && GroupLeases.IsServed(observed.Lease, observed.Pool!))
        {
            return await JoinGroupAsync(observed, cancellationToken);
        }

        var intentId = observed.Lease.Status?.Launch?.IntentId;
        var share = intentId is null
            ? await LaunchNewAsync(observed, cancellationToken)
            : await ResolveAsync(observed, intentId, cancellationToken);
        return Record(observed, share);
    }

    /// <summary>Records in the pool that a machine terminated before its runner connected; admission depends on that record.</summary>
    public Task RecordBootFailureAsync(RunnerLeaseObservation observed, string reason, string message, CancellationToken cancellationToken) =>
        gate.AddFailureAsync(LeaseIndexes.PoolOf(observed.Lease), observed, reason, message, cancellationToken);

    /// <summary>Applies the loss of a machine to the availability of its type and zone.</summary>
    public void RecordLoss(RunnerLeaseObservation observed, string reason, string message) => gate.AddLoss(observed, reason, message);

    /// <summary>Takes in what the announcement of a loss says of the machine's type and zone, and tells of it once.</summary>
    public void RecordNotice(RunnerLeaseObservation observed, InterruptionNotice notice, bool isFirst)
    {
        gate.AddNotice(observed.Lease, observed.Account(), notice);
        writer.RecordNotice(observed.Lease, notice, isFirst);
    }

    /// <summary>Records in the pool that a job was lost with the machine, so that it is run again.</summary>
    public Task RecordLostJobAsync(RunnerLeaseObservation observed, LostJobStatus lost, CancellationToken cancellationToken) =>
        gate.AddLostJobAsync(observed, lost, cancellationToken);

    /// <summary>
    /// Records in the pool, unless already recorded, that a machine of the launch template has connected: a short-lived one may never have
    /// been seen by a pool reconcile.
    /// </summary>
    public Task RecordBootAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken) =>
        BootBrake.HasBooted(observed.Lease, observed.Now)
            ? gate.AddSuccessAsync(LeaseIndexes.PoolOf(observed.Lease), observed, cancellationToken)
            : Task.CompletedTask;

    // The group's name is the intent: once it is stored, the pool sizes the group for one machine more.
    private async Task<RunnerLeaseObservation> JoinGroupAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        await writer.EnsureFinalizerAsync(observed.Lease, cancellationToken);
        using var entry = gate.Enter(observed);
        var (status, pool) = (observed.Lease.Status ??= new(), observed.Pool!);
        var (before, group) = (status.Launch, needs.GroupOf(pool));
        status.Launch = new()
        {
            IntentId = group,
            AutoScalingGroup = group,
            LeaseUID = observed.Lease.Metadata.Uid,
            TemplateHash = pool.Template!.Hash,
            TemplateId = pool.Template.Id,
            Region = pool.Account.Region,
            AssumeRoleArn = pool.Account.AssumeRoleArn,
            Attempt = (before?.Attempt ?? 0) + 1,
            At = observed.Now,
        };
        await StoreAsync(observed, () => status.Launch = before, cancellationToken);
        return observed;
    }

    // Stored before anything is done to the machine, which has no mark of its lease: from then on no other lease takes it.
    private async Task<RunnerLeaseObservation?> AdoptAsync(RunnerLeaseObservation observed, Instance instance, CancellationToken cancellationToken)
    {
        if (gate.Claim(instance.Id, observed.Lease) is not { } claim)
        {
            throw new ProviderException(RunnerLeaseReasons.Launching, "another lease is adopting the machine") { RetryAfter = ClaimRetry };
        }

        using var held = claim;
        var launch = observed.Lease.Status!.Launch!;
        var hash = launch.TemplateHash;
        if (instance.TemplateId is { } used && used != launch.TemplateId)
        {
            (launch.TemplateId, launch.TemplateHash) = (used, observed.Pool?.Template is { } current && current.Id == used ? current.Hash : ""); // an older one: it is replaced in time
        }

        launch.UsageClass = instance.UsageClass;
        var adopted = Record(observed, new(instance, Failure: null));
        await StoreAsync(observed, () => (observed.Lease.Status.Instance, launch.TemplateHash) = (null, hash), cancellationToken);
        return adopted with { Offered = null };
    }

    private async Task StoreAsync(RunnerLeaseObservation observed, Action undo, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteIntentAsync(observed, cancellationToken);
        }
        catch
        {
            undo();
            throw;
        }
    }

    private async Task<LaunchShare> LaunchNewAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var (need, taken) = await NeedOfAsync(observed, cancellationToken);
        using var slot = taken;
        await writer.EnsureFinalizerAsync(observed.Lease, cancellationToken);
        using var entry = gate.Enter(observed);
        try
        {
            return await launcher.LaunchAsync(
                observed.Lease.Metadata.Name!,
                need,
                async (intent, token) =>
                {
                    await StoreIntentAsync(observed, need, intent, token);
                    entry.Dispose();
                },
                cancellationToken);
        }
        catch (ProviderException e) when (observed.Lease.Status?.Launch?.IntentId is null)
        {
            CountAttempt(observed);
            observed.Lease.Status!.Launch!.UsageClass = need.UsageClass;
            throw Timed(e, observed);
        }
    }

    // Another market needs no back-off.
    private static ProviderException Timed(ProviderException failure, RunnerLeaseObservation observed) =>
        observed.Pool is { } pool && PurchasingPlanner.FallsBackNow(observed.Lease, pool, observed.Now)
            ? new(failure.Reason, failure.Message, failure) { RetryAfter = TimeSpan.Zero }
            : failure;

    private async Task<(LaunchNeed Need, TakenSlot? Slot)> NeedOfAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        try
        {
            var need = needs.Compute(observed.Lease, observed.Pool!, observed.Now);
            return await needs.ReserveAsync(observed.Lease, observed.Pool!, need, observed.Now, cancellationToken) is { } taken
                ? (need.In(taken.Slot) with { UsageClass = WireNames.Format(UsageClass.Reserved) }, taken)
                : (need, null);
        }
        catch (ProviderException)
        {
            CountAttempt(observed);
            throw;
        }
    }

    // Counts as an attempt although EC2 was not called: the lease backs off like any other failure.
    private static void CountAttempt(RunnerLeaseObservation observed)
    {
        var launch = (observed.Lease.Status ??= new()).Launch ??= new();
        (launch.Attempt, launch.At) = ((launch.Attempt ?? 0) + 1, observed.Now);
    }

    private async Task StoreIntentAsync(RunnerLeaseObservation observed, LaunchNeed need, LaunchIntent intent, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status ??= new();
        var before = status.Launch;
        status.Launch = new()
        {
            IntentId = intent.Id,
            RequestHash = intent.RequestHash,
            LeaseUID = observed.Lease.Metadata.Uid,
            TemplateHash = need.Template.Hash,
            TemplateId = need.Template.Id,
            Templates = need.OtherTemplate is null ? null
                : [.. need.Templates.Select(template => new LeaseLaunchTemplate { Architecture = template.Architecture ?? "", Id = template.Id, Hash = template.Hash })],
            UsageClass = need.UsageClass,
            CapacityReservationId = need.Slot?.ReservationId,
            ReservedUntil = need.Slot?.BlockEndsAt,
            Region = need.Account.Region,
            AssumeRoleArn = need.Account.AssumeRoleArn,
            Attempt = (before?.Attempt ?? 0) + 1,
            At = observed.Now,
        };
        try
        {
            await writer.WriteIntentAsync(observed, cancellationToken);
        }
        catch
        {
            status.Launch = before; // other leases launch by that intent: the final status must not claim their machines
            throw;
        }
    }

    // The intent was stored by a process that did not live to record the result: look for its tag, then repeat the request to get EC2's
    // answer again.
    private async Task<LaunchShare> ResolveAsync(RunnerLeaseObservation observed, string intentId, CancellationToken cancellationToken)
    {
        var account = observed.Account();
        var (served, waiting) = LeasesOf(intentId);
        var taken = leases.List().Select(lease => lease.Status?.Instance?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var found = await instances.FindByIntentAsync(account, intentId, cancellationToken);
        var free = found.Where(instance => !instance.IsGone && !taken.Contains(instance.Id)).ToList();
        var index = waiting.Count(name => string.CompareOrdinal(name, observed.Lease.Metadata.Name) < 0);
        if (index < free.Count)
        {
            return new(free[index], Failure: null);
        }

        var age = observed.Now - (observed.Lease.Status!.Launch!.At ?? observed.Now);
        if (age >= LeaseTimings.VisibilityWindow)
        {
            return new(Instance: null, new LaunchUnresolvedException(isFinal: true));
        }

        // In another region or account the token is new and would buy a second machine. If any lease has a machine of this intent, it was
        // answered and the rest shows soon.
        return found.Count > 0 || served > 0 || observed.Pool?.Account != account || observed.Lease.Metadata.DeletionTimestamp is not null
            ? throw new LaunchUnresolvedException(isFinal: false)
            : await RepeatAsync(observed, intentId, waiting, cancellationToken);
    }

    private async Task<LaunchShare> RepeatAsync(
        RunnerLeaseObservation observed, string intentId, List<string> waiting, CancellationToken cancellationToken)
    {
        var launch = observed.Lease.Status!.Launch!;
        var need = needs.Compute(observed.Lease, observed.Pool!, observed.Now);
        need = need.With(SentWith(launch, need)) with { UsageClass = launch.UsageClass ?? need.UsageClass };
        if (launch.CapacityReservationId is { } reservationId)
        {
            need = await needs.InReservationAsync(need, reservationId, observed.Pool!, cancellationToken);
            if (need.Slot is null)
            {
                throw new LaunchUnresolvedException(isFinal: false); // as a fleet it would be another request, and buy a second machine
            }
        }

        try
        {
            return await launcher.RepeatAsync(observed.Lease.Metadata.Name!, waiting, new(intentId, need, launch.RequestHash), cancellationToken);
        }
        catch (LaunchOutcomeUnknownException)
        {
            throw new LaunchUnresolvedException(isFinal: false); // anything it launched will show up
        }
    }

    // The launch templates of the request that the intent was sent with, whatever the pool has now.
    private static IReadOnlyList<LaunchTemplateRef> SentWith(LeaseLaunch launch, LaunchNeed need) => launch switch
    {
        { Templates: { Count: > 1 } both } => [.. both.Select(template => ForOf(need, template.Architecture) with { Id = template.Id ?? "", Hash = template.Hash ?? "" })],
        { TemplateId: { } id, TemplateHash: { } hash } => [(need.Templates.FirstOrDefault(template => template.Id == id) ?? need.Template) with { Id = id, Hash = hash }],
        _ => need.Templates,
    };

    private static LaunchTemplateRef ForOf(LaunchNeed need, string architecture) =>
        (need.Templates.FirstOrDefault(template => template.Architecture == architecture) ?? need.Template) with { Architecture = architecture };

    // Of two launch templates the machine tells by its architecture which one it has.
    private static void SettleTemplate(LeaseLaunch launch, Instance instance)
    {
        if (launch.Templates?.Find(template => template.Architecture == instance.Architecture) is { } used)
        {
            (launch.TemplateId, launch.TemplateHash) = (used.Id, used.Hash);
        }

        launch.Templates = null;
    }

    private RunnerLeaseObservation Record(RunnerLeaseObservation observed, LaunchShare share)
    {
        var status = observed.Lease.Status!;
        if (share.Instance is not { } instance)
        {
            status.Launch!.IntentId = null;
            status.Launch.At = observed.Now;
            throw share.Failure is { } failure ? Timed(failure, observed) : new LaunchUnresolvedException(isFinal: true);
        }

        instances.Add(observed.Account(), instance);
        SettleTemplate(status.Launch!, instance);
        var usageClass = status.Launch?.CapacityReservationId is null ? instance.UsageClass : WireNames.Format(UsageClass.Reserved); // EC2 calls it on-demand
        status.Instance = new()
        {
            Id = instance.Id,
            Type = instance.Type,
            Architecture = instance.Architecture,
            Zone = instance.Zone,
            SubnetId = instance.SubnetId,
            UsageClass = usageClass,
            ReservedUntil = status.Launch?.ReservedUntil,
            HourlyPrice = needs.PriceOf(observed.Account(), instance with { UsageClass = usageClass }, observed.Pool?.Template?.Platform ?? Platforms.Linux),
            LaunchedAt = instance.LaunchedAt,
            Bootstrap = IsStartedByCommand(observed) ? new() : null,
        };
        writer.Record(observed.Lease, isWarning: false, RunnerLeaseReasons.Launched, $"launched {instance.Id} ({instance.Type}, {usageClass}, {instance.Zone})");
        return observed with { Instance = new InstanceView.Live(instance) };
    }

    private static bool IsStartedByCommand(RunnerLeaseObservation observed) =>
        observed.Pool is { } pool && TemplateChoice.Of(observed.Lease, pool).Any(known => known.Template is { IsStartedByCommand: true } template && template.Hash == observed.Lease.Status!.Launch!.TemplateHash);

    // Number of leases of the intent that have their machine, and the leases still waiting for one.
    private (int Served, List<string> Waiting) LeasesOf(string intentId)
    {
        var all = leases.ByIndex(LeaseIndexes.Intent, intentId).ToList();
        var waiting = all.Where(lease => lease.Status?.Instance is null).Select(lease => lease.Metadata.Name!).ToList();
        return (all.Count - waiting.Count, waiting);
    }
}
