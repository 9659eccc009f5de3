using System.CommandLine;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary><c>serve</c>: the simulated Kubernetes, AWS and GitHub on the real clock, for other people's clients.</summary>
internal static class ServeCommand
{
    private static readonly Option<int> AwsPort = new("--aws-port") { Description = "Port of the simulated AWS; 0 takes a free one." };

    private static readonly Option<int> GitHubPort = new("--github-port") { Description = "Port of the simulated GitHub; 0 takes a free one." };

    public static Command Create()
    {
        var command = new Command("serve", "Serve a simulated Kubernetes, AWS and GitHub on the loopback address until Ctrl-C.") { AwsPort, GitHubPort };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            await using var world = await SimulatedWorld.StartAsync(
                new WorldOptions
                {
                    Clock = TimeProvider.System,
                    AwsPort = parsed.GetValue(AwsPort),
                    GitHub = new() { Port = parsed.GetValue(GitHubPort) },
                },
                cancellationToken);
            await Addresses.PrintAndWaitAsync(world, cancellationToken);
            return 0;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 2;
        }
    }
}
