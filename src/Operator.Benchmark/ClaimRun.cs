using System.Collections.Concurrent;
using Operator.Entities.Conditions;
using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.Runtime.Conditions;
using Operator.Runtime.Informers;
using Operator.Simulator.World;

namespace Operator.Benchmark;

/// <summary>A set takes a machine that waits for leases: how long until the machine is its own, and until its runner is connected.</summary>
internal sealed class ClaimRun(BenchmarkWorld world) : IAsyncDisposable
{
    private const string SetKind = "RunnerLeaseSet";
    private const int WarmUps = 3;
    private const int IdleMachines = 3; // as many as are launched before one of a launch template has connected

    private readonly ConcurrentDictionary<string, long> _claimed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _ready = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Informer<V1Alpha1RunnerLease> _leases = new(world.Client, new InformerOptions(), world.Environment);
    private readonly Informer<V1Alpha1RunnerLeaseSet> _sets = new(world.Client, new InformerOptions(), world.Environment);
    private Task _watching = Task.CompletedTask;

    public async Task<ClaimResult> MeasureAsync(int count, CancellationToken cancellationToken)
    {
        await BenchmarkObjects.CreateAsync(world, nameof(DemandSource.LeasesOnly), maxRunners: 50, cancellationToken, IdleMachines, RunnerLifecycle.Reusable);
        _leases.AddHandler((_, after) => Note(_claimed, SetOf(after), after?.Status?.Instance?.Id is not null));
        _sets.AddHandler((_, after) => Note(_ready, after?.Metadata.Name, ConditionList.IsTrue(after?.Status?.Conditions, RunnerLeaseSetConditions.Ready)));
        _watching = Task.WhenAll(_leases.RunAsync(_stop.Token), _sets.RunAsync(_stop.Token));
        await _leases.WaitForSyncAsync(cancellationToken);
        await _sets.WaitForSyncAsync(cancellationToken);
        var (claims, readies) = (new List<double>(), new List<double>());
        for (var i = 0; i < count + WarmUps; i++)
        {
            var name = $"claim-{i}";
            await world.UntilAsync(() => _leases.Store.List().Count(IsIdle) >= IdleMachines, "idle machines", cancellationToken);
            var begun = TimeProvider.System.GetTimestamp();
            await world.Client.CreateAsync(Set(name), cancellationToken);
            await world.UntilAsync(() => _ready.ContainsKey(name), $"{name} to be ready", cancellationToken);
            if (i >= WarmUps)
            {
                claims.Add(TimeProvider.System.GetElapsedTime(begun, _claimed[name]).TotalMilliseconds);
                readies.Add(TimeProvider.System.GetElapsedTime(begun, _ready[name]).TotalMilliseconds);
            }

            await world.Client.DeleteAsync<V1Alpha1RunnerLeaseSet>(new("default", name), null, cancellationToken);
            await world.UntilAsync(() => _sets.Store.Get(new("default", name)) is null, $"{name} to be gone", cancellationToken);
        }

        await BenchmarkObjects.DeleteAsync(world, cancellationToken);
        return new(new(claims), new(readies));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static void Note(ConcurrentDictionary<string, long> times, string? name, bool isSo)
    {
        if (name is not null && isSo)
        {
            times.TryAdd(name, TimeProvider.System.GetTimestamp());
        }
    }

    private static string? SetOf(V1Alpha1RunnerLease? lease) => lease?.Metadata.OwnerReferences?.Find(owner => owner.Kind == SetKind)?.Name;

    private static bool IsIdle(V1Alpha1RunnerLease lease) => lease is { Metadata.DeletionTimestamp: null, Spec.Holder: null, Status.Phase: RunnerLeasePhases.Idle };

    private static V1Alpha1RunnerLeaseSet Set(string name) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = new() { PoolName = JobRuns.Pool, Count = 1, Labels = [name], Holder = new() { Kind = "User", Name = "benchmark", Repository = SimulatedWorld.Repository } },
    };
}

/// <summary>How long claims took.</summary>
/// <param name="Claims">From the set's creation until a machine is its own and has its command, in milliseconds.</param>
/// <param name="Readies">From the set's creation until it is ready, in milliseconds.</param>
internal sealed record ClaimResult(Distribution Claims, Distribution Readies);
