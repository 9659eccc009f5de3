using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting;
using Operator.Aws.Clients;
using Operator.Demand;
using Operator.GitHub;
using Operator.Observability;

namespace Operator.Hosting;

/// <summary>How one operator process runs. Flags and environment variables fill it in.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Where the operator keeps its own lease and ledger.</summary>
    public string Namespace { get; init; } = "ec2runners-system";

    /// <summary>Whose pools and leases are looked after.</summary>
    public WatchScope Watch { get; init; } = WatchScope.Everywhere;

    /// <summary>Where pools' credentials may be sent.</summary>
    public GitHubHosts GitHubHosts { get; init; } = GitHubHosts.Any;

    /// <summary>Names this cluster in tags; null means the UID of the namespace <c>kube-system</c>.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Whether several replicas choose a leader.</summary>
    public bool LeaderElect { get; init; }

    /// <summary>How many leases are worked on at once.</summary>
    public int LeaseWorkers { get; init; } = 64;

    /// <summary>Where health is served.</summary>
    public string ListenOn { get; init; } = "http://127.0.0.1:0";

    /// <summary>Where webhooks are received; null means where health is served.</summary>
    public string? WebhookListenOn { get; init; }

    /// <summary>A Secret in <see cref="Namespace"/> whose webhook secret counts for every pool; null means none.</summary>
    public string? WebhookSecretName { get; init; }

    /// <summary>The KMS key that mail to machines is encrypted with; null means the account's <c>aws/ssm</c>.</summary>
    public string? MailKmsKey { get; init; }

    /// <summary>How often queued jobs are asked for, so that lost webhooks do no harm.</summary>
    public TimeSpan WebhookResync { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>This process; a pod's name is unique enough.</summary>
    public string Identity { get; init; } = Environment.MachineName;

    /// <summary>The part that concerns the sources of demand.</summary>
    public DemandOptions Demand => new()
    {
        Identity = Identity,
        WebhookSecret = WebhookSecretName is { } name ? new(Namespace, name) : null,
        WebhookResync = WebhookResync,
    };
}

/// <summary>What the operator keeps in its own namespace.</summary>
internal static class OperatorObjects
{
    /// <summary>The Lease by which replicas choose a leader.</summary>
    public const string LeaderLease = "ec2runners-operator";

    /// <summary>The ConfigMap that remembers which pools are or were ours.</summary>
    public const string Ledger = "ec2runners-pools";
}

/// <summary>What a test or the demo drives instead of the real surroundings.</summary>
internal sealed record OperatorDependencies
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What answers are waited for by; null means <see cref="Time"/>. A faster clock does not make a network faster.</summary>
    public TimeProvider? NetworkTime { get; init; }

    /// <summary>Random numbers from 0 to 1, for jitter.</summary>
    public required Func<double> Jitter { get; init; }

    public required Func<Guid> NewId { get; init; }

    /// <summary>Goes around every outgoing call; the first argument says to whom: <c>kubernetes</c>, <c>aws</c> or <c>github</c>.</summary>
    public Func<string, HttpMessageHandler, HttpMessageHandler>? WrapHandler { get; init; }

    /// <summary>Where its own endpoints are served; null means on sockets.</summary>
    public Action<IWebHostBuilder>? Serve { get; init; }

    /// <summary>The real surroundings: ambient randomness enters here and nowhere else.</summary>
    public static OperatorDependencies Real() => new()
    {
        Jitter = () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue,
        NewId = () => new Guid(RandomNumberGenerator.GetBytes(16)),
    };

    /// <summary>How AWS is reached; null means as every AWS SDK finds out.</summary>
    public AwsClientOptions? Aws { get; init; }

    /// <summary>How AWS is reached, with every call counted.</summary>
    public AwsClientOptions AwsOptions(ApiMetrics metrics) =>
        (Aws ?? new()) with { Time = Time, WrapHandler = WrapFor("aws", metrics) };

    /// <summary>What goes around the calls to a service: the count, and what a test put there.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> WrapFor(string service, ApiMetrics metrics) =>
        handler => metrics.Around(service, Time, WrapHandler is { } wrap ? wrap(service, handler) : handler);
}
