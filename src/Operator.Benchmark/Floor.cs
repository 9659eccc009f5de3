using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerLeases;
using Operator.Runtime.Client;

namespace Operator.Benchmark;

/// <summary>The unavoidable minimum: one object written, and seen by a watch.</summary>
internal static class Floor
{
    private const string Pool = "floor";

    public static async Task<Distribution> MeasureAsync(KubernetesClient client, int count, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var seen = new SemaphoreSlim(0);
        var version = (await client.ListAsync<V1Alpha1RunnerLease>("default", null, cancellationToken)).ResourceVersion;
        var watching = WatchAsync(client, version, seen, stop.Token);
        var delays = new List<double>();
        for (var i = 0; i < count + 5; i++)
        {
            var begun = TimeProvider.System.GetTimestamp();
            await client.CreateAsync(Lease($"floor-{i}"), cancellationToken);
            await seen.WaitAsync(cancellationToken);
            if (i >= 5)
            {
                delays.Add(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
            }
        }

        for (var i = 0; i < count + 5; i++)
        {
            await client.DeleteAsync<V1Alpha1RunnerLease>(new("default", $"floor-{i}"), null, cancellationToken);
        }

        await stop.CancelAsync();
        await watching;
        return new Distribution(delays);
    }

    private static async Task WatchAsync(KubernetesClient client, string? version, SemaphoreSlim seen, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in client.WatchAsync<V1Alpha1RunnerLease>(new WatchOptions { ResourceVersion = version }, cancellationToken))
            {
                if (change is { Type: WatchEventType.Added, Item.Spec.PoolName: Pool })
                {
                    seen.Release();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It has seen enough.
        }
    }

    // The pool does not exist, so the operator ignores the lease.
    private static V1Alpha1RunnerLease Lease(string name) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = new() { PoolName = Pool },
    };
}

/// <summary>Measured values, sorted.</summary>
internal sealed class Distribution(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    public int Count => _sorted.Length;

    /// <summary>The value at a percentile.</summary>
    public double Percentile(double percent) =>
        _sorted.Length == 0 ? double.NaN : _sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * _sorted.Length) - 1, 0, _sorted.Length - 1)];
}
