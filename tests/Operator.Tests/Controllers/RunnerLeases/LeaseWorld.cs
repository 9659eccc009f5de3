using Operator.Controllers.RunnerLeases;
using Operator.Controllers.RunnerPools;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Providers.Instances;

namespace Operator.Tests.Controllers.RunnerLeases;

/// <summary>Any state that a lease can be seen in, and what each action makes of it where nothing fails.</summary>
internal static class LeaseWorld
{
    /// <summary>Checks a property of a planner on many states.</summary>
    public static void ForAny(Action<RunnerLeaseObservation> check) => Some.ForManySeeds(random => check(Any(random)), GeneratorCoverageTests.Cases);

    /// <summary>A state, with what depends on something else left consistent: no registration is seen that the lease does not name.</summary>
    public static RunnerLeaseObservation Any(Random random)
    {
        var lease = AnyLease(random);
        var pool = random.Chance(0.1) ? null : AnyPool(random);
        return new(
            lease,
            pool,
            random.Chance(0.8) ? Admission.Yes : new(Granted: false, "PoolAtCapacity", "full"),
            AnyInstance(random, lease),
            lease.Status?.Runner?.Id is null ? RegistrationView.None : random.Pick(Enum.GetValues<RegistrationView>().Where(view => view != RegistrationView.None).ToList()),
            random.Pick(Enum.GetValues<MailState>()),
            RunnerLeasePlanner.IsHeld(lease) && random.Chance(0.3) ? Some.Idle("other") : null,
            lease.Spec.Holder?.Kind == LeaseHolders.RunnerLease ? random.Pick(Claimant.Adopted, Claimant.Adopting, Claimant.Gone) : Claimant.None,
            Some.Now);
    }

    /// <summary>What the actuator leaves behind; null when the pass is over.</summary>
    public static RunnerLeaseObservation? After(RunnerLeaseObservation observed, RunnerLeaseAction action)
    {
        var status = observed.Lease.Status!;
        switch (action)
        {
            case RunnerLeaseAction.Launch:
                status.Launch = new() { IntentId = "intent", Attempt = 1, At = observed.Now, TemplateHash = "hash" };
                status.Instance = new() { Id = "i-new", LaunchedAt = observed.Now };
                return observed with { Instance = new InstanceView.Live(Some.Running("i-new", InstanceState.Pending)) };
            case RunnerLeaseAction.TakeOver:
                status.Instance = new() { Id = "i-other", LaunchedAt = Some.Now.AddMinutes(-10) };
                return observed with { Instance = new InstanceView.Live(Some.Running("i-other")), Candidate = null, Registration = RegistrationView.None };
            case RunnerLeaseAction.Register:
                status.Runner = new() { Id = 99, Name = "new", MintedAt = observed.Now, Labels = [.. RunnerLeasePlanner.LabelsFor(observed.Lease, observed.Pool!)] };
                return observed with { Registration = RegistrationView.Unknown };
            case RunnerLeaseAction.Deregister:
                return AfterDeregister(observed);
            case RunnerLeaseAction.WithdrawMail:
                (status.Drain ??= new() { BegunAt = observed.Now }).MailWithdrawn = true;
                return observed;
            case RunnerLeaseAction.SendStop:
                status.Drain!.StopSentAt = observed.Now;
                return observed;
            case RunnerLeaseAction.Terminate:
                return observed with { Instance = new InstanceView.Gone("terminated") };
            case RunnerLeaseAction.BeginDrain begin:
                status.Drain = new() { BegunAt = observed.Now, Reason = begin.Reason };
                return observed;
            case RunnerLeaseAction.RecordBootFailure:
                return observed with { IsBootFailureRecorded = true };
            case RunnerLeaseAction.ForgetInstance:
                (status.Instance, status.Drain, status.Job, status.IdleSince, status.Runner) = (null, null, null, null, null);
                status.Launch?.IntentId = null;
                return observed with { Instance = new InstanceView.None(), Registration = RegistrationView.None };
            case RunnerLeaseAction.ForgetIntent:
                status.Launch!.IntentId = null;
                return observed;
            default:
                return null; // the object goes, or its new spec calls for a pass of its own
        }
    }

    private static RunnerLeaseObservation AfterDeregister(RunnerLeaseObservation observed)
    {
        var status = observed.Lease.Status!;
        if (observed.Registration is RegistrationView.Busy or RegistrationView.Refused)
        {
            status.Job ??= new() { StartedAt = observed.Now };
            return observed with { Registration = RegistrationView.Refused };
        }

        if (observed.Lease.Metadata.DeletionTimestamp is not null || status.Drain is not null)
        {
            (status.Drain ??= new() { BegunAt = observed.Now }).RegistrationRemovedAt = observed.Now;
            status.Drain.RemovedLive = observed.Registration != RegistrationView.Gone;
        }

        status.Runner?.Id = null;
        return observed with { Registration = RegistrationView.Gone };
    }

    /// <summary>A lease at any stage, wanted or on its way out, held or free.</summary>
    public static V1Alpha1RunnerLease AnyLease(Random random, string name = "linux-0") => Some.Lease(name, lease =>
    {
        var status = lease.Status!;
        switch (random.Next(6))
        {
            case 0:
                Some.Hold(lease);
                lease.Spec.Ttl = random.Pick(null, "1m", "2h");
                break;
            case 1:
                Some.Claim(lease, "other");
                break;
        }

        lease.Spec.MaxRuntime = random.Pick(null, "1m", "2h");
        lease.Spec.UsageClass = random.Pick<UsageClass?>(null, UsageClass.Spot, UsageClass.OnDemand);
        lease.Metadata.CreationTimestamp = Ago(random, 120);
        if (random.Chance(0.35))
        {
            lease.Metadata.DeletionTimestamp = Ago(random, 60);
            lease.Metadata.Finalizers = random.Chance(0.1) ? [] : lease.Metadata.Finalizers;
            lease.Metadata.Annotations = random.Chance(0.1) ? new() { [Annotations.Force] = "true" } : null;
        }

        if (random.Chance(0.4))
        {
            lease.Metadata.Labels = new() { [Entities.Labels.Job] = AnyJob(random) };
        }

        if (random.Chance(0.8))
        {
            var usageClass = WireNames.Of(lease.Spec.UsageClass ?? random.Pick(Enum.GetValues<UsageClass>()));
            status.Launch = new()
            {
                IntentId = random.Chance(0.6) ? "intent" : null,
                Attempt = random.Next(5),
                At = Ago(random, 15),
                TemplateHash = random.Pick("hash", "older"),
                UsageClass = usageClass,
            };
            if (random.Chance(0.75))
            {
                AddMachine(random, status, usageClass);
            }
        }
    });

    private static void AddMachine(Random random, RunnerLeaseStatus status, string usageClass)
    {
        status.Instance = new()
        {
            Id = "i-1",
            Type = "m7a.large",
            UsageClass = usageClass,
            LaunchedAt = random.Chance(0.1) ? Some.Now.AddSeconds(-random.Next(30)) : Ago(random, random.Pick(90, 14 * 60)),
            ReadyAt = random.Chance(0.5) ? Ago(random, 30) : null,
        };
        AddRunner(random, status);
        if (status.Job is null && random.Chance(0.4))
        {
            status.Instance.ReadyAt ??= Ago(random, 30);
            status.IdleSince = Ago(random, 20);
        }

        if (random.Chance(0.3))
        {
            var isRemoved = status.Runner is { Id: null };
            status.Drain = new()
            {
                BegunAt = Ago(random, 60),
                MailWithdrawn = random.Pick<bool?>(null, true, false),
                RegistrationRemovedAt = isRemoved ? Ago(random, 10) : null,
                RemovedLive = isRemoved ? random.Chance(0.5) : null,
            };
            status.Drain.StopSentAt = isRemoved && random.Chance(0.5) ? Ago(random, 5) : null;
        }
    }

    private static void AddRunner(Random random, RunnerLeaseStatus status)
    {
        status.ServedJobs = random.Pick<int?>(null, 0, 2);
        if (random.Chance(0.2))
        {
            return;
        }

        status.Runner = new()
        {
            Id = random.Chance(0.7) ? 7 : null,
            Name = "r",
            Sequence = 1,
            MintedAt = Ago(random, 40),
            ConnectedAt = random.Chance(0.6) ? Ago(random, 30) : null,
            OfflineSince = random.Chance(0.3) ? Ago(random, 20) : null,
            Labels = random.Pick<List<string>>(["linux"], ["anna"]),
            ServedJob = random.Pick<bool?>(null, true),
        };
        if (status.Runner.Id is not null && random.Chance(0.4))
        {
            status.Job = new() { Id = random.Chance(0.7) ? AnyJob(random) : null, StartedAt = Ago(random, 60) };
            status.Instance!.ReadyAt ??= Ago(random, 30);
        }
    }

    // Few, so that a job which one lease is made for runs on another now and then.
    private static string AnyJob(Random random) => $"{random.Next(8)}";

    private static InstanceView AnyInstance(Random random, V1Alpha1RunnerLease lease) => lease.Status?.Instance is not { Id: { } id }
        ? new InstanceView.None()
        : random.Pick<InstanceView>(
            new InstanceView.Live(Some.Running(id)), new InstanceView.Live(Some.Running(id, InstanceState.Pending)), new InstanceView.NotVisible(),
            new InstanceView.Gone("Server.SpotInstanceTermination"), new InstanceView.Gone(Reason: null));

    /// <summary>A pool of any door, lifecycle and usage class.</summary>
    public static PoolSettings AnyPool(Random random) => Some.Pool with
    {
        Demand = random.Pick(Enum.GetValues<DemandSource>()),
        Lifecycle = random.Pick(Enum.GetValues<RunnerLifecycle>()),
        UsageClass = random.Pick(Enum.GetValues<UsageClass>()),
    };

    private static DateTimeOffset Ago(Random random, int minutes) => Some.Now.AddSeconds(-random.Next(minutes * 60));
}
