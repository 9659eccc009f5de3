using System.CommandLine;
using Operator.Commands;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary><c>serve</c>: the simulated Kubernetes, AWS and GitHub on the real clock, for other people's clients.</summary>
internal static class ServeCommand
{
    private static readonly Option<int> AwsPort = new Option<int>("--aws-port") { Description = "Port of the simulated AWS; 0 takes a free one." }
        .MustBe(ArgumentRules.IsPort, "a port");

    private static readonly Option<int> GitHubPort = new Option<int>("--github-port") { Description = "Port of the simulated GitHub; 0 takes a free one." }
        .MustBe(ArgumentRules.IsPort, "a port");

    public static Command Create()
    {
        var command = new Command("serve", "Serve a simulated Kubernetes, AWS and GitHub on the loopback address until Ctrl-C.") { AwsPort, GitHubPort };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var world = await SimulatedWorld.StartAsync(
            new WorldOptions
            {
                Clock = TimeProvider.System,
                AwsPort = parsed.GetValue(AwsPort),
                GitHub = new() { Port = parsed.GetValue(GitHubPort) },
            },
            cancellationToken);
        await Addresses.PrintAndWaitAsync(world, dashboard: null, cancellationToken);
        return 0;
    }
}
