using FsCheck;
using FsCheck.Fluent;
using Operator.Aws.Instances;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

/// <summary>Objects for planners: ordinary unless a test changes them.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static readonly PoolTimes Times = new(
        MaxRuntime: TimeSpan.FromHours(1), MaxAge: TimeSpan.FromHours(12), IdleTimeout: TimeSpan.FromMinutes(5), BootTimeout: TimeSpan.FromMinutes(10), DrainTimeout: TimeSpan.FromMinutes(30));

    /// <summary>A pool that can launch.</summary>
    public static PoolSettings Pool { get; } = new()
    {
        Key = new("ci", "linux"),
        Uid = "pool-uid",
        Labels = ["linux"],
        Times = Times,
        MaxRunners = 10,
        Template = new("lt-1", "name", "1", "hash"),
    };

    /// <summary>A lease with a finalizer and nothing else.</summary>
    public static V1Alpha1RunnerLease Lease(string name = "linux-0", Action<V1Alpha1RunnerLease>? change = null)
    {
        var lease = new V1Alpha1RunnerLease
        {
            Metadata = { Name = name, NamespaceProperty = "ci", Uid = "uid-of-" + name, CreationTimestamp = Now.AddMinutes(-20), Finalizers = [Finalizers.Drain] },
            Spec = { PoolName = "linux" },
            Status = new(),
        };
        change?.Invoke(lease);
        return lease;
    }

    /// <summary>A lease whose machine was launched ten minutes ago.</summary>
    public static V1Alpha1RunnerLease Launched(string name = "linux-0", Action<V1Alpha1RunnerLease>? change = null) => Lease(name, lease =>
    {
        lease.Status!.Launch = new() { IntentId = "intent", Attempt = 1, At = Now.AddMinutes(-10), TemplateHash = "hash", UsageClass = "spot" };
        lease.Status.Instance = new() { Id = "i-" + name, Type = "m7a.large", Zone = "a", UsageClass = "spot", LaunchedAt = Now.AddMinutes(-10) };
        change?.Invoke(lease);
    });

    /// <summary>A lease whose runner waits for a job.</summary>
    public static V1Alpha1RunnerLease Idle(string name = "linux-0", Action<V1Alpha1RunnerLease>? change = null) => Launched(name, lease =>
    {
        lease.Status!.Runner = new() { Id = 7, Name = name + "-1", Url = "https://github.com/my-org", Sequence = 1, RegisteredAt = Now.AddMinutes(-9), ConnectedAt = Now.AddMinutes(-8), Labels = ["linux"] };
        lease.Status.Instance!.ReadyAt = Now.AddMinutes(-8);
        lease.Status.IdleSince = Now.AddMinutes(-8);
        change?.Invoke(lease);
    });

    /// <summary>A lease whose runner runs a job.</summary>
    public static V1Alpha1RunnerLease Busy(string name = "linux-0", Action<V1Alpha1RunnerLease>? change = null) => Idle(name, lease =>
    {
        lease.Status!.IdleSince = null;
        lease.Status.Job = new() { StartedAt = Now.AddMinutes(-5) };
        change?.Invoke(lease);
    });

    public static void Hold(V1Alpha1RunnerLease lease)
    {
        lease.Spec.Holder = new() { Kind = "User", Name = "anna" };
        lease.Spec.Labels = ["anna"];
        lease.Status!.HeldSince = Now.AddMinutes(-3);
    }

    public static void Claim(V1Alpha1RunnerLease lease, string by) =>
        lease.Spec.Holder = new() { Kind = LeaseHolders.RunnerLease, Name = by, Uid = "uid-of-" + by };

    public static void Delete(V1Alpha1RunnerLease lease) => lease.Metadata.DeletionTimestamp = Now.AddMinutes(-1);

    /// <summary>The ordinary observation: the machine runs if there is one, and the runner matches the status.</summary>
    public static RunnerLeaseObservation Seen(V1Alpha1RunnerLease lease, PoolSettings? pool = null) => new(
        lease,
        pool ?? Pool,
        Admission.Yes,
        lease.Status?.Instance is { } instance ? new InstanceView.Live(Running(instance.Id!)) : new InstanceView.None(),
        lease.Status is not { Runner.Id: not null } status ? RegistrationView.None : status.Job is not null ? RegistrationView.Busy : RegistrationView.Idle,
        CommandState.Unknown,
        Candidate: null,
        Claimant.None,
        Now);

    public static Instance Running(string id, InstanceState state = InstanceState.Running) =>
        new(id, state, "m7a.large", "a", "spot", "10.0.0.1", Now.AddMinutes(-10), "intent", "pool-uid", StateReason: null);

    /// <summary>Checks a property on many random numbers: each seeds one case, so that a failing one can be had again.</summary>
    public static void ForManySeeds(Action<Random> check, int cases = 1000) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => check(new Random(seed))).Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

    public static bool Chance(this Random random, double share) => random.NextDouble() < share;

    public static T Pick<T>(this Random random, params IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
