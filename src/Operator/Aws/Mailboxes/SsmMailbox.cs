using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Mailboxes;

/// <summary>
/// Mailboxes in Parameter Store. A parameter is tagged with the instance's id, and the runner's IAM policy allows an instance to read only
/// its own; the instance's wake-up tag is visible in its metadata at no cost.
/// </summary>
internal sealed class SsmMailbox(IAwsClientFactory clients, ClusterIdentity cluster, TimeProvider timeProvider) : IMailbox
{
    private const string SecretsSuffix = ".secrets";

    // What is kept for each account is bounded, and throttling is over long before it expires.
    private readonly ExpiringMap<AwsAccount, CommandTurns> _turns = new(TimeSpan.FromHours(1), timeProvider);

    /// <summary>The KMS key that commands are encrypted with; null for the account's <c>aws/ssm</c>.</summary>
    public string? KmsKey { get; init; }

    private string Prefix => $"/ec2runners/{cluster.Id}/mailbox";

    public async Task PutAsync(AwsAccount account, string instanceId, InstanceCommand command, CancellationToken cancellationToken)
    {
        await StoreAsync(account, instanceId, NameOf(instanceId), CommandText.Serialize(command), isUrgent: command is InstanceCommand.Stop, cancellationToken);
        if (command is not (InstanceCommand.Run { Notify: false } or InstanceCommand.Configure { Notify: false }))
        {
            await NotifyAsync(account, instanceId, cancellationToken);
        }
    }

    public Task PutSecretsAsync(AwsAccount account, string instanceId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken) =>
        StoreAsync(account, instanceId, NameOf(instanceId) + SecretsSuffix, SecretsText.Serialize(secrets), isUrgent: false, cancellationToken);

    public Task<bool> RevokeAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => RemoveAsync(account, NameOf(instanceId), cancellationToken);

    public Task<bool> RemoveSecretsAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) =>
        RemoveAsync(account, NameOf(instanceId) + SecretsSuffix, cancellationToken);

    private async Task StoreAsync(AwsAccount account, string instanceId, string name, string value, bool isUrgent, CancellationToken cancellationToken)
    {
        var turns = _turns.GetOrRenew(account, () => new(timeProvider));
        if (!isUrgent && turns.Take(name) is var wait && wait > TimeSpan.Zero)
        {
            throw Waits(wait);
        }

        var ssm = clients.Ssm(account);
        var request = new PutParameterRequest
        {
            Name = name,
            Value = value,
            Type = "SecureString",
            KeyId = KmsKey,
            Tier = "Intelligent-Tiering",
            Tags = [new() { Key = "InstanceId", Value = instanceId }],
        };
        try
        {
            try
            {
                await ssm.PutParameterAsync(request, cancellationToken);
            }
            catch (AwsException e) when (e.IsParameterAlreadyExists)
            {
                // SSM accepts tags only for new parameters; the existing one already has them.
                (request.Tags, request.Overwrite) = ([], true);
                await ssm.PutParameterAsync(request, cancellationToken);
            }
        }
        catch (AwsException e) when (e.IsThrottled)
        {
            turns.Slow();
            throw Waits(turns.Take(name), e);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "writing to the mailbox of " + instanceId);
        }
    }

    private async Task<bool> RemoveAsync(AwsAccount account, string name, CancellationToken cancellationToken)
    {
        try
        {
            await clients.Ssm(account).DeleteParameterAsync(new DeleteParameterRequest { Name = name }, cancellationToken);
            return true;
        }
        catch (AwsException e) when (e.IsParameterNotFound)
        {
            return false;
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DeleteParameter");
        }
    }

    public async Task<bool> HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            await clients.Ssm(account).GetParameterAsync(new GetParameterRequest { Name = NameOf(instanceId) }, cancellationToken);
            return true;
        }
        catch (AwsException e) when (e.IsParameterNotFound)
        {
            return false;
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "GetParameter");
        }
    }

    public async Task<IReadOnlyList<string>> ListAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        string? nextToken = null;
        do
        {
            try
            {
                var page = await clients.Ssm(account).GetParametersByPathAsync(
                    new GetParametersByPathRequest { Path = Prefix, NextToken = nextToken }, cancellationToken);
                ids.AddRange(page.Parameters.Select(parameter => InstanceOf(parameter.Name!)));
                nextToken = page.NextToken;
            }
            catch (AwsException e)
            {
                throw AwsFailures.Translate(e, "GetParametersByPath");
            }
        }
        while (!string.IsNullOrEmpty(nextToken));
        return [.. ids.Distinct(StringComparer.Ordinal)];
    }

    private static ProviderException Waits(TimeSpan turn, AwsException? cause = null) =>
        new("Throttled", "Parameter Store throttles commands to machines; this one waits for its turn", cause) { RetryAfter = turn };

    private async Task NotifyAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            await clients.Ec2(account).CreateTagsAsync(
                new CreateTagsRequest
                {
                    Resources = [instanceId],
                    Tags = [new() { Key = Tags.WakeUp, Value = timeProvider.GetUtcNow().ToUnixTimeMilliseconds().ToString() }],
                },
                cancellationToken);
        }
        catch (AwsException)
        {
            // The command is stored, and hosts poll every half minute anyway.
        }
    }

    private string NameOf(string instanceId) => $"{Prefix}/{instanceId}";

    private string InstanceOf(string name) =>
        name.EndsWith(SecretsSuffix, StringComparison.Ordinal) ? name[(Prefix.Length + 1)..^SecretsSuffix.Length] : name[(Prefix.Length + 1)..];
}

/// <summary>A command as parsed by the host script: strings only.</summary>
/// <param name="Action">What to do.</param>
/// <param name="JitConfig">The runner's configuration.</param>
/// <param name="Afterwards">What to do after the runner.</param>
/// <param name="MaxRuntimeSeconds">How long its job may take.</param>
/// <param name="PreRunnerScript">A script to run before it, in base64.</param>
/// <param name="RunnerName">The runner to start, where the machine has registered it.</param>
/// <param name="Configuration">How to register a runner: its URL, name, labels and group, a line each, in base64.</param>
/// <param name="Token">The registration token.</param>
internal sealed record CommandText(
    string Action, string? JitConfig = null, string? Afterwards = null, string? MaxRuntimeSeconds = null, string? PreRunnerScript = null, string? RunnerName = null,
    string? Configuration = null, string? Token = null)
{
    // Parameter Store's limit is near, and an escaped plus takes six characters instead of one.
    internal static readonly CommandJsonContext Plain = new(new JsonSerializerOptions(CommandJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Serialize(InstanceCommand command) => JsonSerializer.Serialize(
        command switch
        {
            InstanceCommand.Run run => new CommandText(
                "run", run.JitConfig, run.WaitAfterwards ? "wait" : "shutdown", Math.Ceiling(run.MaxRuntime.TotalSeconds).ToString("F0", CultureInfo.InvariantCulture),
                run.PreRunnerScript is { } script ? Base64(script.Replace("\r\n", "\n")) : null, run.RunnerName),
            InstanceCommand.Configure configure => new CommandText("configure")
            {
                Configuration = Base64(string.Join('\n', configure.Url.AbsoluteUri, configure.Name, string.Join(',', configure.Labels), configure.Group?.ReplaceLineEndings(" "))),
                Token = configure.Token,
            },
            InstanceCommand.Standby => new CommandText("standby"),
            _ => new CommandText("stop"),
        },
        Plain.CommandText);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

/// <summary>Secrets as parsed by the host script: a line for each with its name and its value in base64, all of it in base64 again.</summary>
/// <param name="Secrets">The lines.</param>
internal sealed record SecretsText(string Secrets)
{
    public static string Serialize(IReadOnlyDictionary<string, string> secrets) => JsonSerializer.Serialize(
        new SecretsText(Base64(string.Concat(secrets.OrderBy(secret => secret.Key, StringComparer.Ordinal).Select(secret => $"{secret.Key} {Base64(secret.Value)}\n")))),
        CommandText.Plain.SecretsText);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CommandText))]
[JsonSerializable(typeof(SecretsText))]
internal sealed partial class CommandJsonContext : JsonSerializerContext;
