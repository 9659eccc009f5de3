using System.CommandLine;
using System.Text;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Entities.RunnerLeases;
using Operator.Hosting;
using Operator.Observability;

namespace Operator.Commands.Kubectl;

/// <summary><c>kubectl runners logs</c>: the console of a lease's machine.</summary>
internal static class LogsCommand
{
    public static Command Create()
    {
        var command = KubectlArguments.WithCluster(new(
            "logs", "Print the console of a lease's machine: boot, host script and runner. Uses your AWS credentials, which need ec2:GetConsoleOutput.") { KubectlArguments.Lease });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var session = new KubectlSession(parsed);
        var (id, region) = MachineOf(await session.FindLeaseAsync(parsed.GetValue(KubectlArguments.Lease)!, cancellationToken));
        using var aws = new AwsClientFactory(OperatorDependencies.Real().AwsOptions(new OperatorMetrics().Api));
        await parsed.InvocationConfiguration.Output.WriteAsync(await ReadAsync(aws.Ec2(new AwsAccount(region, AssumeRoleArn: null)), id, cancellationToken));
        return 0;
    }

    /// <summary>A lease's machine and its region.</summary>
    /// <exception cref="CommandException">It has none.</exception>
    public static (string Id, string? Region) MachineOf(V1Alpha1RunnerLease lease) => lease.Status?.Instance is { Id: { } id } machine
        ? (id, lease.Status.Launch?.Region ?? RegionOf(machine.Zone))
        : throw new CommandException($"the lease {lease.Metadata.Name} has no machine yet; kubectl runners why lease/{lease.Metadata.Name} says why");

    /// <summary>What EC2 has of a machine's console.</summary>
    /// <exception cref="CommandException">It has nothing.</exception>
    public static async Task<string> ReadAsync(IEc2Client ec2, string instanceId, CancellationToken cancellationToken)
    {
        var answer = await ec2.GetConsoleOutputAsync(new() { InstanceId = instanceId, Latest = true }, cancellationToken);
        return answer.Output is { Length: > 0 } encoded
            ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).TrimEnd() + "\n"
            : throw new CommandException($"EC2 has no console output of {instanceId} yet; try again in a minute");
    }

    // A zone is named after its region: eu-central-1a.
    private static string? RegionOf(string? zone) => zone is { Length: > 1 } && char.IsAsciiLetterLower(zone[^1]) ? zone[..^1] : null;
}
