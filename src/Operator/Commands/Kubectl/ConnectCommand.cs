using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Operator.Hosting;

namespace Operator.Commands.Kubectl;

/// <summary><c>kubectl runners connect</c>: a shell on a lease's machine, by Session Manager.</summary>
internal static class ConnectCommand
{
    private static readonly Option<bool> Print = new("--print") { Description = "Only print the command." };

    public static Command Create()
    {
        var command = KubectlArguments.WithCluster(new(
            "connect", "Open a shell on a lease's machine with the AWS CLI. Your AWS credentials need ssm:StartSession, and the machine the SSM agent and its rights.") { KubectlArguments.Lease, Print });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var session = new KubectlSession(parsed);
        var arguments = ArgumentsOf(LogsCommand.MachineOf(await session.FindLeaseAsync(parsed.GetValue(KubectlArguments.Lease)!, cancellationToken)));
        if (parsed.GetValue(Print))
        {
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"aws {string.Join(' ', arguments)}");
            return 0;
        }

        try
        {
            using var aws = Process.Start(new ProcessStartInfo("aws", arguments) { UseShellExecute = false })!;

            // Ctrl-C is for the shell on the machine.
            await aws.WaitForExitAsync(CancellationToken.None);
            return aws.ExitCode;
        }
        catch (Win32Exception)
        {
            throw new CommandException($"the AWS CLI is not installed (it also needs the Session Manager plugin); with it, run: aws {string.Join(' ', arguments)}");
        }
    }

    /// <summary>The arguments of the AWS CLI.</summary>
    public static IReadOnlyList<string> ArgumentsOf((string Id, string? Region) machine) =>
        ["ssm", "start-session", "--target", machine.Id, .. machine.Region is { } region ? ["--region", region] : Array.Empty<string>()];
}
