using Operator.Common;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

/// <summary>Leases and pools of every kind that planners meet; <see cref="GeneratorCoverageTests"/> proves that none is left out.</summary>
internal static class Generated
{
    /// <summary>A pool of any demand, lifecycle and usage class.</summary>
    public static PoolSettings Pool(Random random) => Some.Pool with
    {
        Demand = random.Pick(Enum.GetValues<DemandSource>()),
        Lifecycle = random.Pick(Enum.GetValues<RunnerLifecycle>()),
        UsageClass = random.Pick(Enum.GetValues<UsageClass>()),
    };

    /// <summary>A lease at any stage, wanted or on its way out, held or free.</summary>
    public static V1Alpha1RunnerLease Lease(Random random, string name = "linux-0") => Some.Lease(name, lease =>
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
        lease.Spec.UsageClass = random.Pick<UsageClass?>(null, UsageClass.Spot, UsageClass.OnDemand, UsageClass.Reserved);
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
            var usageClass = WireNames.Format(lease.Spec.UsageClass ?? random.Pick(Enum.GetValues<UsageClass>()));
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
            ReservedUntil = random.Chance(0.1) ? Some.Now.AddMinutes(random.Next(0, 24 * 60)) : null,
        };
        AddRunner(random, status);
        if (HoldPlanner.MayBegin(status) && random.Chance(0.15))
        {
            status.IdleSince = null;
            status.Instance.Hold = new() { Since = random.Chance(0.5) ? Ago(random, 30) : null, Until = Some.Now.AddMinutes(random.Next(-5, 60)) };
        }

        if (random.Chance(0.15))
        {
            status.Interruption = new()
            {
                Reason = random.Pick("SpotInterruption", "RebalanceRecommended"),
                Source = random.Pick("Host", "SpotRequest"),
                NoticedAt = Some.Now.AddMinutes(-1),
                EndsAt = Some.Now.AddMinutes(random.Pick(-1, 1)),
            };
        }

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
                CommandRevoked = random.Pick<bool?>(null, true, false),
                RegistrationRemovedAt = isRemoved ? Ago(random, 10) : null,
                RemovedLive = isRemoved ? random.Pick<bool?>(null, true, false) : null,
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
            RegisteredAt = Ago(random, 40),
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

    // Few, so that a job created for one lease sometimes runs on another.
    private static string AnyJob(Random random) => $"{random.Next(8)}";

    private static DateTimeOffset Ago(Random random, int minutes) => Some.Now.AddSeconds(-random.Next(minutes * 60));
}
