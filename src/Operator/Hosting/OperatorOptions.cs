using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting;
using Operator.Aws.Clients;
using Operator.Aws.Prices;
using Operator.Dashboard;
using Operator.Demand;
using Operator.GitHub;
using Operator.LeaseApi;
using Operator.Observability;
using Operator.Runtime.LeaderElection;

namespace Operator.Hosting;

/// <summary>Options of an operator process, from flags and environment variables.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Namespace of the operator's leader lease and ownership record.</summary>
    public string Namespace { get; init; } = "ec2runners-system";

    /// <summary>The namespaces whose pools and leases are managed.</summary>
    public WatchScope Watch { get; init; } = WatchScope.Everywhere;

    /// <summary>Hosts that may receive the pools' credentials.</summary>
    public GitHubHosts GitHubHosts { get; init; } = GitHubHosts.Any;

    /// <summary>Identifies this cluster in tags; null for the UID of the namespace <c>kube-system</c>.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Whether several replicas elect a leader.</summary>
    public bool LeaderElect { get; init; }

    /// <summary>Number of concurrent lease workers; one namespace or region holds at most half of them.</summary>
    public int LeaseWorkers { get; init; } = 128;

    /// <summary>Address of the health endpoints.</summary>
    public string ListenOn { get; init; } = "http://127.0.0.1:0";

    /// <summary>Address for webhooks; null for that of the health endpoints.</summary>
    public string? WebhookListenOn { get; init; }

    /// <summary>Address of the lease API; null means that there is none.</summary>
    public string? LeaseApiListenOn { get; init; }

    /// <summary>How the lease API behaves.</summary>
    public LeaseApiOptions LeaseApi { get; init; } = new();

    /// <summary>Address of the dashboard; null means that there is none.</summary>
    public string? DashboardListenOn { get; init; }

    /// <summary>How the dashboard behaves.</summary>
    public DashboardOptions Dashboard { get; init; } = new();

    /// <summary>A Secret in <see cref="Namespace"/> whose webhook secret is valid for all pools; null means none.</summary>
    public string? WebhookSecretName { get; init; }

    /// <summary>The KMS key that commands to machines are encrypted with; null for the account's <c>aws/ssm</c>.</summary>
    public string? CommandKmsKey { get; init; }

    /// <summary>The URL of the SQS queue that EventBridge delivers EC2's notices to; null for none.</summary>
    public string? InterruptionQueue { get; init; }

    /// <summary>How often queued jobs are listed, to recover lost webhooks.</summary>
    public TimeSpan WebhookResync { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The source of on-demand prices.</summary>
    public PriceListOptions PriceList { get; init; } = PriceListOptions.Off;

    /// <summary>Whether there are cost metrics by repository and workflow.</summary>
    public bool CostByWorkflow { get; init; }

    /// <summary>Identity of this process; a pod name is unique enough.</summary>
    public string Identity { get; init; } = Environment.MachineName;

    /// <summary>Options of the demand sources.</summary>
    public DemandOptions Demand => new()
    {
        Identity = Identity,
        WebhookSecret = WebhookSecretName is { } name ? new(Namespace, name) : null,
        WebhookResync = WebhookResync,
    };
}

/// <summary>The operator's objects in its own namespace.</summary>
internal static class OperatorObjects
{
    /// <summary>The Lease for leader election.</summary>
    public const string LeaderLease = "ec2runners-operator";

    /// <summary>The ConfigMap that records which pools are or were ours.</summary>
    public const string OwnershipRecord = "ec2runners-pools";
}

/// <summary>Dependencies that tests and the demo replace.</summary>
internal sealed record OperatorDependencies
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The clock for network time-outs; null for <see cref="Time"/>. A faster clock does not make a network faster.</summary>
    public TimeProvider? NetworkTime { get; init; }

    /// <summary>Where requests to a GitHub may go.</summary>
    public GitHubAddresses GitHub { get; init; } = GitHubAddresses.Default;

    /// <summary>Random numbers from 0 to 1, for jitter.</summary>
    public required Func<double> Jitter { get; init; }

    public required Func<Guid> NewId { get; init; }

    /// <summary>Wraps every outgoing call; the first argument is the service: <c>kubernetes</c>, <c>aws</c> or <c>github</c>.</summary>
    public Func<string, HttpMessageHandler, HttpMessageHandler>? WrapHandler { get; init; }

    /// <summary>The server of its own endpoints; null for sockets.</summary>
    public Action<IWebHostBuilder>? Serve { get; init; }

    /// <summary>The real dependencies; the only source of ambient randomness.</summary>
    public static OperatorDependencies Real() => new()
    {
        Jitter = () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue,
        NewId = () => new Guid(RandomNumberGenerator.GetBytes(16)),
    };

    /// <summary>AWS client options; null for the SDK's defaults.</summary>
    public AwsClientOptions? Aws { get; init; }

    /// <summary>AWS client options, with every call counted.</summary>
    public AwsClientOptions AwsOptions(ApiMetrics metrics) =>
        (Aws ?? new()) with { Time = Time, WrapHandler = WrapFor("aws", metrics) };

    /// <summary>Wraps calls to a service with metrics and a test's handler.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> WrapFor(string service, ApiMetrics metrics) =>
        handler => new LeadershipGate(Leadership, service, metrics.Around(service, Time, WrapHandler is { } wrap ? wrap(service, handler) : handler));

    /// <summary>Whether the process may still act as leader; always true without leader election.</summary>
    public Leadership Leadership => field ??= new(Time);
}
