using System.CommandLine;
using Operator.Commands;
using Operator.Simulator.GitHub;
using Operator.Simulator.Time;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary><c>dashboard</c>: a simulated cluster whose pools have work to do, and the dashboard that shows it, until Ctrl-C.</summary>
internal static class DashboardCommand
{
    /// <summary>The dashboard's port in the chart, too.</summary>
    public const int DefaultPort = 8083;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    private static readonly Option<int> Port = new Option<int>("--port") { Description = "Port of the dashboard; 0 takes a free one.", DefaultValueFactory = _ => DefaultPort }
        .MustBe(ArgumentRules.IsPort, "a port");

    private static readonly Option<double> Speed = DemoCommand.SpeedOption(20);

    public static Command Create()
    {
        var command = new Command("dashboard", "The dashboard of a simulated cluster at work, until Ctrl-C.") { Port, Speed };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var world = await SimulatedWorld.StartAsync(
            new WorldOptions
            {
                Clock = new AcceleratedTimeProvider(Start, parsed.GetValue(Speed), TimeProvider.System),
                NetworkTime = TimeProvider.System,
                Aws = new() { EnforceRequestBuckets = false },
                GitHub = new() { Limits = GitHubLimits.None, LostRunnerTimeout = TimeSpan.FromMinutes(1) },
            },
            cancellationToken);
        (world.ServesDashboard, world.DashboardPort, world.ReadPriceList) = (true, parsed.GetValue(Port) is > 0 and var port ? port : null, true);
        await using var process = await world.StartOperatorAsync(new CallGate(), _ => { }, cancellationToken);
        await Console.Out.WriteLineAsync($"Dashboard  {process.Dashboard}\n\nCtrl-C ends it.");
        var workload = new Workload(world);
        workload.ApplyPools();
        await workload.RunAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
