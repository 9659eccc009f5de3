using System.Globalization;
using Operator.Aws.Clients;

namespace Operator.Aws.HostScripts;

/// <summary>
/// Starts host scripts by Systems Manager's Run Command, for images without cloud-init. The command fetches the script
/// from the machine's own user data, so that nothing about it is in the command. It has no client token: a command that
/// was sent before a crash is found by its comment.
/// </summary>
internal sealed class HostCommands(IAwsClientFactory clients)
{
    /// <summary>Reason: the machine's agent is not online yet.</summary>
    public const string AgentNotOnline = nameof(AgentNotOnline);

    /// <summary>The longest that Run Command lets a script run.</summary>
    public static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(172_800);

    private const string Document = "AWS-RunShellScript";

    // How long the command may wait for the agent, which was online a moment before.
    private const int DeliverySeconds = 120;

    private static readonly TimeSpan AgentPoll = TimeSpan.FromSeconds(5);

    // A folder is made once, so that a command that is sent twice starts one script. A metadata token is good for this
    // machine alone; no job runs yet.
    private static readonly List<string> Script =
    [
        "umask 077; mkdir -p /var/lib/ec2runners; chmod 711 /var/lib/ec2runners",
        "mkdir /var/lib/ec2runners/bootstrap || exit 0",
        "for imds in 169.254.169.254 '[fd00:ec2::254]'; do",
        "token=$(curl -fsS -g -m 5 --noproxy '*' -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \"http://$imds/latest/api/token\") && break",
        "done",
        "curl -fsS -g -m 5 --noproxy '*' -H \"X-aws-ec2-metadata-token: $token\" \"http://$imds/latest/user-data\" | tail -c +12 | gunzip >/var/lib/ec2runners/host || exit 1",
        "exec bash -o pipefail -c 'EC2RUNNERS_CONSOLE=/dev/stdout bash /var/lib/ec2runners/host 2>&1 | tee -a /dev/console'",
    ];

    /// <summary>Starts the host script of a machine.</summary>
    /// <param name="account">Where it is.</param>
    /// <param name="instanceId">Its id.</param>
    /// <param name="longest">How long the script may run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The command's id.</returns>
    /// <exception cref="ProviderException">The agent is not online yet, or Systems Manager refuses.</exception>
    public async Task<string> SendAsync(AwsAccount account, string instanceId, TimeSpan longest, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await clients.Ssm(account).SendCommandAsync(
                new()
                {
                    InstanceIds = [instanceId],
                    DocumentName = Document,
                    Comment = CommentOf(instanceId),
                    TimeoutSeconds = DeliverySeconds,
                    Parameters = new() { ["commands"] = Script, ["executionTimeout"] = [Math.Min(longest.TotalSeconds, LongestRun.TotalSeconds).ToString("F0", CultureInfo.InvariantCulture)] },
                },
                cancellationToken);
            return answer.Command.CommandId;
        }
        catch (AwsException e) when (e.IsAgentNotOnline)
        {
            throw NotOnline(e);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "SendCommand");
        }
    }

    /// <summary>Waits for the agent: Run Command refuses machines whose agent has not connected.</summary>
    /// <exception cref="ProviderException">It is not online yet, or Systems Manager refuses.</exception>
    public async Task EnsureOnlineAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            var page = await clients.Ssm(account).DescribeInstanceInformationAsync(new() { Filters = [new() { Key = "InstanceIds", Values = [instanceId] }] }, cancellationToken);
            if (!page.InstanceInformationList.Exists(agent => agent.PingStatus?.Value == "Online"))
            {
                throw NotOnline(null);
            }
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeInstanceInformation");
        }
    }

    /// <summary>The command that was sent to a machine before; null for none.</summary>
    public async Task<string?> FindAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            var page = await clients.Ssm(account).ListCommandsAsync(new() { InstanceId = instanceId }, cancellationToken);
            return page.Commands.Find(command => command.Comment == CommentOf(instanceId))?.CommandId;
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "ListCommands");
        }
    }

    /// <summary>How a command has ended; null while it waits or runs, or is not visible yet.</summary>
    public async Task<CommandEnd?> EndOfAsync(AwsAccount account, string instanceId, string commandId, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await clients.Ssm(account).GetCommandInvocationAsync(new() { CommandId = commandId, InstanceId = instanceId }, cancellationToken);
            return answer.Status?.Value is null or "Pending" or "InProgress" or "Delayed" or "Cancelling" ? null
                : new(answer.StatusDetails ?? answer.Status.Value, answer.ResponseCode ?? -1, $"{answer.StandardOutputContent}\n{answer.StandardErrorContent}".Trim());
        }
        catch (AwsException e) when (e.IsInvocationNotVisible)
        {
            return null;
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "GetCommandInvocation");
        }
    }

    private static string CommentOf(string instanceId) => $"ec2runners: host script of {instanceId}";

    private static ProviderException NotOnline(AwsException? cause) => new(
        AgentNotOnline, "the machine's SSM agent is not online yet; if it never is, the image has no agent, its instance profile does not let it connect, or it does not reach Systems Manager", cause)
    { RetryAfter = AgentPoll };
}

/// <summary>How a command has ended.</summary>
/// <param name="Status">In Systems Manager's words, such as <c>Failed</c>.</param>
/// <param name="ExitCode">The script's exit code; -1 if it did not run.</param>
/// <param name="Output">What it wrote.</param>
internal sealed record CommandEnd(string Status, int ExitCode, string Output);
