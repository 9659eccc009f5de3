using System.Diagnostics;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerPools;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.World;

namespace Operator.Simulator.Benchmark;

/// <summary>Memory of an operator at rest, beside that of a web server that does nothing.</summary>
internal static class MemoryRun
{
    private const int Pools = 100;

    public static async Task<MemoryResult> MeasureAsync(BenchmarkWorld world, int leases, CancellationToken cancellationToken)
    {
        var empty = world.Operator!.MemoryMiB;
        await BenchmarkObjects.CreateAsync(world, "LeasesOnly", leases, cancellationToken);
        var url = world.GitHub.UrlOf(SimulatedWorld.Organization).ToString();
        for (var i = 0; i < Pools; i++)
        {
            await world.Client.CreateAsync(BenchmarkObjects.PoolOf($"{JobRuns.Pool}-{i}", "LeasesOnly", url, 1), cancellationToken);
        }

        await Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System, cancellationToken);
        var withPools = world.Operator!.MemoryMiB;
        var begun = TimeProvider.System.GetTimestamp();
        await world.Client.PatchAsync<V1Alpha1RunnerPool>(
            new("default", JobRuns.Pool),
            new JsonObject { ["spec"] = new JsonObject { ["capacity"] = new JsonObject { ["minIdle"] = leases } } },
            null,
            cancellationToken);
        await world.UntilAsync(() => world.Aws.Instances.Count(instance => instance.State == InstanceState.Running) == leases, $"{leases} machines", cancellationToken);
        var launched = TimeProvider.System.GetElapsedTime(begun);
        await Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, cancellationToken);
        return new(leases, Pools, empty, withPools, world.Operator!.MemoryMiB, launched, await BareAsync(cancellationToken));
    }

    // A web server with nothing in it, started the same way: what .NET itself takes.
    private static async Task<double> BareAsync(CancellationToken cancellationToken)
    {
        using var bare = Process.Start(OperatorChild.Self("bare"))!;
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, cancellationToken);
        var memory = OperatorChild.MemoryOf(bare);
        bare.Kill();
        return memory;
    }
}

/// <summary>Resident memory in MiB.</summary>
/// <param name="Leases">Leases at rest.</param>
/// <param name="Pools">Further pools.</param>
/// <param name="EmptyMiB">With nothing to look after.</param>
/// <param name="WithPoolsMiB">With the pools.</param>
/// <param name="WithLeasesMiB">With pools and leases.</param>
/// <param name="Launching">How long it took to launch for all leases.</param>
/// <param name="BareMiB">A web server that does nothing.</param>
internal sealed record MemoryResult(
    int Leases, int Pools, double EmptyMiB, double WithPoolsMiB, double WithLeasesMiB, TimeSpan Launching, double BareMiB);
