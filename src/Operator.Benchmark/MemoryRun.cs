using System.Diagnostics;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerPools;
using Operator.Simulator.World;

namespace Operator.Benchmark;

/// <summary>
/// Memory of an idle operator, each time after a restart: after reading its initial lists, like every new leader, standby and upgraded
/// process.
/// </summary>
internal static class MemoryRun
{
    private const int Pools = 100;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    public static async Task<MemoryResult> MeasureAsync(BenchmarkWorld world, int leases, CancellationToken cancellationToken)
    {
        var empty = await RestartAsync(world, cancellationToken);
        await BenchmarkObjects.CreateAsync(world, "Webhook", leases, cancellationToken); // its idle runners are registered

        // The first pool loads what all of them use: the code that calls EC2 and GitHub.
        var withOnePool = await RestartAsync(world, cancellationToken);
        var url = world.GitHub.UrlOf(SimulatedWorld.Organization).ToString();
        for (var i = 0; i < Pools; i++)
        {
            await world.Client.CreateAsync(BenchmarkObjects.PoolOf($"{JobRuns.Pool}-{i}", "LeasesOnly", url, 1), cancellationToken);
        }

        // One restart for everything that is written once for new pools.
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

    // An empty web server, started the same way: the baseline of .NET itself.
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
/// <param name="MiB">When idle.</param>
/// <param name="PeakMiB">The peak since the start.</param>
internal sealed record Memory(double MiB, double PeakMiB);

/// <summary>Memory after a restart.</summary>
/// <param name="Leases">Number of idle leases.</param>
/// <param name="Pools">Number of additional pools.</param>
/// <param name="Empty">Without pools.</param>
/// <param name="WithOnePool">With one pool.</param>
/// <param name="WithPools">With the additional pools.</param>
/// <param name="WithLeases">With pools and leases.</param>
/// <param name="Launching">How long launching all leases took.</param>
/// <param name="BareMiB">An empty web server.</param>
internal sealed record MemoryResult(int Leases, int Pools, Memory Empty, Memory WithOnePool, Memory WithPools, Memory WithLeases, TimeSpan Launching, double BareMiB);
