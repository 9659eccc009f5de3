using Operator.Dashboard;
using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Tests.Dashboard;

/// <summary>Objects for the tests of the dashboard, on one morning.</summary>
internal static class Shown
{
    public static readonly DateTimeOffset Now = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);

    public static V1Alpha1RunnerPool Pool(string name = "linux", string space = "default", Action<V1Alpha1RunnerPool>? change = null)
    {
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = { Name = name, NamespaceProperty = space },
            Spec = { GitHub = new() { Url = "https://github.com/my-org", Labels = [name] }, Capacity = { MaxRunners = 10, MinIdle = 1 } },
            Status = new() { Conditions = [Condition("Ready", "True", "Ready", "the pool is serving jobs")], Demand = 0, Waiting = 0 },
        };
        change?.Invoke(pool);
        return pool;
    }

    public static V1Alpha1RunnerLease Lease(string name, string? phase, string pool = "linux", string space = "default", Action<V1Alpha1RunnerLease>? change = null)
    {
        var lease = new V1Alpha1RunnerLease
        {
            Metadata = { Name = name, NamespaceProperty = space, Uid = $"uid-{space}-{name}", CreationTimestamp = At(-30) },
            Spec = { PoolName = pool },
            Status = phase is null ? null : new() { Phase = phase, Conditions = [Condition("Ready", "False", phase, $"it is {phase}")] },
        };
        change?.Invoke(lease);
        return lease;
    }

    public static V1Alpha1RunnerLease Running(string name, string phase = "Idle", string pool = "linux", string space = "default", Action<V1Alpha1RunnerLease>? change = null) =>
        Lease(name, phase, pool, space, lease =>
        {
            lease.Status!.Instance = new()
            {
                Id = $"i-{name}",
                Type = "c6a.xlarge",
                Zone = "eu-central-1a",
                UsageClass = "spot",
                HourlyPrice = "0.06",
                LaunchedAt = At(-29),
                ReadyAt = At(-28),
            };
            lease.Status.Runner = new() { Id = 7, Name = $"runner-{name}", Url = "https://github.com/my-org" };
            lease.Status.Job = phase == "Busy" ? new() { Id = $"job-{name}", RunId = "42", Repository = "my-org/app", Workflow = "ci", StartedAt = At(-20) } : null;
            change?.Invoke(lease);
        });

    public static V1Condition Condition(string type, string status, string reason, string message = "") => new() { Type = type, Status = status, Reason = reason, Message = message };

    public static DateTimeOffset At(double minutes) => Now + TimeSpan.FromMinutes(minutes);

    public static DashboardObservation Seen(IReadOnlyList<V1Alpha1RunnerPool> pools, IReadOnlyList<V1Alpha1RunnerLease> leases, JournalSnapshot? journal = null) =>
        new(Now, pools, leases, journal ?? JournalSnapshot.Empty);
}
