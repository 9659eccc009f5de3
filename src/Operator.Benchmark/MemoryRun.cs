using System.Diagnostics;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerPools;
using Operator.Simulator.World;

namespace Operator.Benchmark;

/// <summary>
/// Memory of an operator at rest, each time after a restart: what it has read by a list is what a new leader, a standby and every upgrade
/// begins with.
/// </summary>
internal static class MemoryRun
{
    private const int Pools = 100;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    public static async Task<MemoryResult> MeasureAsync(BenchmarkWorld world, int leases, CancellationToken cancellationToken)
    {
        var empty = await RestartAsync(world, cancellationToken);
        await BenchmarkObjects.CreateAsync(world, "Webhook", leases, cancellationToken); // its idle runners are registered

        // The first pool brings in what all of them use: the code that speaks to EC2 and GitHub.
        var withOnePool = await RestartAsync(world, cancellationToken);
        var url = world.GitHub.UrlOf(SimulatedWorld.Organization).ToString();
        for (var i = 0; i < Pools; i++)
        {
            await world.Client.CreateAsync(BenchmarkObjects.PoolOf($"{JobRuns.Pool}-{i}", "LeasesOnly", url, 1), cancellationToken);
        }

        // Once for all that is written of a new pool.
        await RestartAsync(world, cancellationToken);
        var withPools = await RestartAsync(world, cancellationToken);
        var launching = await LaunchAsync(world, leases, cancellationToken);
        var withLeases = await RestartAsync(world, cancellationToken);
        return new(leases, Pools, empty, withOnePool, withPools, withLeases, launching, await BareAsync(cancellationToken));
    }

    private static async Task<Memory> RestartAsync(BenchmarkWorld world, CancellationToken cancellationToken)
    {
        await world.StopOperatorAsync();
        await world.StartOperatorAsync(cancellationToken);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        return new(world.Operator!.MemoryMiB, world.Operator.PeakMemoryMiB);
    }

    private static async Task<TimeSpan> LaunchAsync(BenchmarkWorld world, int leases, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        await world.Client.PatchAsync<V1Alpha1RunnerPool>(
            new("default", JobRuns.Pool),
            new JsonObject { ["spec"] = new JsonObject { ["capacity"] = new JsonObject { ["minIdle"] = leases } } },
            null,
            cancellationToken);
        await world.UntilCountAsync(() => world.GitHub.Runners.Count(runner => runner.Online), leases, $"{leases} runners", cancellationToken);
        var took = TimeProvider.System.GetElapsedTime(begun);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken); // the last of them become idle
        return took;
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
/// <param name="MiB">At rest.</param>
/// <param name="PeakMiB">The most since the start.</param>
internal sealed record Memory(double MiB, double PeakMiB);

/// <summary>Memory after a restart.</summary>
/// <param name="Leases">Leases at rest.</param>
/// <param name="Pools">Further pools.</param>
/// <param name="Empty">With nothing to look after.</param>
/// <param name="WithOnePool">With one pool.</param>
/// <param name="WithPools">With the further pools.</param>
/// <param name="WithLeases">With pools and leases.</param>
/// <param name="Launching">How long it took to launch for all leases.</param>
/// <param name="BareMiB">A web server that does nothing.</param>
internal sealed record MemoryResult(int Leases, int Pools, Memory Empty, Memory WithOnePool, Memory WithPools, Memory WithLeases, TimeSpan Launching, double BareMiB);
