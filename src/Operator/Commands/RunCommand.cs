using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Operator.Aws.Prices;
using Operator.Dashboard;
using Operator.GitHub;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary><c>operator run</c>: runs the operator against a cluster.</summary>
internal static class RunCommand
{
    private static readonly Option<bool> LeaderElect = new("--leader-elect") { Description = "Elect a leader among several replicas." };

    private const string ListenForm = "an address such as :8080, 127.0.0.1:8080 or http://[::1]:8080";

    private static readonly Option<string> Listen = new Option<string>("--listen")
    {
        Description = "Address of /healthz, /readyz, /metrics and, without --webhook-listen, of webhooks.",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    }.MustBe(ArgumentRules.IsListenAddress, ListenForm);

    private static readonly Option<string?> WebhookListen = new Option<string?>("--webhook-listen")
    {
        Description = "Separate address for /webhooks/github, such as :8081; defaults to --listen. "
            + "TLS is terminated at the ingress.",
    }.MustBe(ArgumentRules.IsListenAddress, ListenForm);

    private static readonly Option<string?> LeaseApiListen = new Option<string?>("--lease-api-listen")
    {
        Description = "Address of the lease API (/v1/leases), such as :8082; without it there is none. TLS ends before it, at the ingress.",
    }.MustBe(ArgumentRules.IsListenAddress, ListenForm);

    private static readonly Option<string?> LeaseApiUrl = new Option<string?>("--lease-api-url")
    {
        Description = "The lease API's address as workflows know it, such as https://leases.example.com (LEASE_API_URL): the audience of their tokens. Needed with --lease-api-listen.",
        DefaultValueFactory = _ => ClusterArguments.Variable("LEASE_API_URL"),
    }.MustBe(
        text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.AbsoluteUri.TrimEnd('/') == text && url.Query.Length + url.Fragment.Length + url.UserInfo.Length == 0,
        "a URL such as https://leases.example.com, without a slash at its end");

    private static readonly Option<string?> DashboardListen = new Option<string?>("--dashboard-listen")
    {
        Description = "Address of the dashboard, such as 127.0.0.1:8083; without it there is none.",
    }.MustBe(ArgumentRules.IsListenAddress, ListenForm);

    private static readonly Option<string?> DashboardAuth = new Option<string?>("--dashboard-auth")
    {
        Description = "Who may look at the dashboard: None (whoever reaches a loopback address, the default there) or Token (whom the cluster knows, and what they may list; the default elsewhere).",
    }.MustBe(text => text is nameof(DashboardAuthentication.None) or nameof(DashboardAuthentication.Token), "None or Token");

    private static readonly Option<string?> CommandKmsKey = new Option<string?>("--command-kms-key")
    {
        Description = "The KMS key, by ARN or alias, that commands to machines are encrypted with (COMMAND_KMS_KEY); defaults to the account's aws/ssm.",
        DefaultValueFactory = _ => ClusterArguments.Variable("COMMAND_KMS_KEY"),
    }.MustBe(text => text.StartsWith("arn:aws", StringComparison.Ordinal) || text.StartsWith("alias/", StringComparison.Ordinal), "the ARN of a KMS key, or alias/NAME");

    private static readonly Option<string> PriceList = new Option<string>("--price-list")
    {
        Description = "Where on-demand prices are read from (PRICE_LIST): aws (AWS' public files), off (the bundled table), or the URL of a mirror.",
        DefaultValueFactory = _ => ClusterArguments.Variable("PRICE_LIST") ?? "aws",
    }.MustBe(text => PriceListOptions.Parse(text) is not null, "aws, off, or a URL without a path such as https://prices.example.com");

    private static readonly Option<bool> CostByWorkflow = new("--cost-by-workflow")
    {
        Description = "Also serve cost metrics by repository and workflow: up to 500 additional series.",
    };

    private static readonly Option<string?> InterruptionQueue = new Option<string?>("--interruption-queue")
    {
        Description = "URL of the SQS queue that EventBridge delivers EC2's spot notices to (INTERRUPTION_QUEUE); otherwise machines and spot requests report them.",
        DefaultValueFactory = _ => ClusterArguments.Variable("INTERRUPTION_QUEUE"),
    }.MustBe(
        text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.AbsolutePath.Split('/') is [_, { Length: 12 }, { Length: > 0 }],
        "the URL of a queue such as https://sqs.eu-central-1.amazonaws.com/123456789012/ec2runners");

    private static readonly Option<bool> JsonLogs = new("--json-logs")
    {
        Description = "Log JSON, one object per line; defaults to JSON in a cluster and text elsewhere.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 },
    };

    private static readonly Option<string> LogLevel = new Option<string>("--log-level")
    {
        Description = $"The lowest level to log (LOG_LEVEL): {string.Join(", ", LogOutput.Levels)}.",
        DefaultValueFactory = _ => ClusterArguments.Variable("LOG_LEVEL") ?? "information",
    }.MustBe(text => LogOutput.TryParse(text, out _), $"one of {string.Join(", ", LogOutput.Levels)}");

    public static Command Create()
    {
        var command = new Command("run", "Run the operator against a cluster.")
        {
            ClusterArguments.Kubeconfig, ClusterArguments.Context, ClusterArguments.Namespace, ClusterArguments.WatchNamespaces,
            ClusterArguments.GitHubHosts, ClusterArguments.AllowLoopback, ClusterArguments.ClusterId, LeaderElect, Listen, WebhookListen, LeaseApiListen, LeaseApiUrl, DashboardListen, DashboardAuth, ClusterArguments.WebhookSecret, CommandKmsKey, InterruptionQueue, PriceList, CostByWorkflow, JsonLogs, LogLevel,
        };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(LeaseApiListen) is not null && parsed.GetValue(LeaseApiUrl) is null)
            {
                parsed.AddError("--lease-api-listen needs --lease-api-url: the address that workflows' tokens must be for");
            }

            if (parsed.GetValue(DashboardAuth) == nameof(DashboardAuthentication.None) && parsed.GetValue(DashboardListen) is { } page && !ArgumentRules.IsLoopback(page))
            {
                parsed.AddError($"--dashboard-auth None needs a loopback address such as 127.0.0.1:8083, not {page}: everybody on the network could look");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var level = LogOutput.Parse(parsed.GetValue(LogLevel)!);
        var options = OptionsOf(parsed);
        await using var app = await OperatorProcess.BuildAsync(
            ClusterArguments.Read(parsed), options, ClusterArguments.Dependencies(parsed), logging => LogOutput.Configure(logging, parsed.GetValue(JsonLogs), level), cancellationToken);
        await app.Services.GetRequiredService<StartReport>().WriteAsync(cancellationToken);
        await ListenAsync(app, options, cancellationToken);
        await Task.WhenAll(IdleCollector.RunAsync(app.Services.GetRequiredService<TimeProvider>(), app.Lifetime.ApplicationStopping), app.WaitForShutdownAsync(cancellationToken));
        return app.Services.GetRequiredService<ControllerManager>().ExecuteTask is { IsFaulted: true } ? 1 : 0;
    }

    private static OperatorOptions OptionsOf(ParseResult parsed) => new()
    {
        Namespace = parsed.GetValue(ClusterArguments.Namespace)!,
        Watch = WatchScope.Parse(parsed.GetValue(ClusterArguments.WatchNamespaces)),
        GitHubHosts = GitHubHosts.Parse(parsed.GetValue(ClusterArguments.GitHubHosts)),
        ClusterId = parsed.GetValue(ClusterArguments.ClusterId),
        LeaderElect = parsed.GetValue(LeaderElect),
        ListenOn = ArgumentRules.ListenUrl(parsed.GetValue(Listen)!)!,
        WebhookListenOn = parsed.GetValue(WebhookListen) is { } own ? ArgumentRules.ListenUrl(own) : null,
        LeaseApiListenOn = parsed.GetValue(LeaseApiListen) is { } leases ? ArgumentRules.ListenUrl(leases) : null,
        LeaseApi = new() { Audience = parsed.GetValue(LeaseApiUrl) ?? "" },
        DashboardListenOn = parsed.GetValue(DashboardListen) is { } page ? ArgumentRules.ListenUrl(page) : null,
        Dashboard = new() { Authentication = AuthenticationOf(parsed) },
        WebhookSecretName = parsed.GetValue(ClusterArguments.WebhookSecret),
        CommandKmsKey = parsed.GetValue(CommandKmsKey),
        PriceList = PriceListOptions.Parse(parsed.GetValue(PriceList)!)!,
        CostByWorkflow = parsed.GetValue(CostByWorkflow),
        InterruptionQueue = parsed.GetValue(InterruptionQueue),
    };

    private static DashboardAuthentication AuthenticationOf(ParseResult parsed) => parsed.GetValue(DashboardAuth) is { } given
        ? Enum.Parse<DashboardAuthentication>(given)
        : parsed.GetValue(DashboardListen) is { } address && ArgumentRules.IsLoopback(address) ? DashboardAuthentication.None : DashboardAuthentication.Token;

    private static async Task ListenAsync(WebApplication app, OperatorOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is SocketException or IOException { InnerException: AddressInUseException or SocketException })
        {
            throw new CommandException($"cannot listen on {string.Join(" and ", PortRoutes.Addresses(options))}: {e.GetBaseException().Message}; give another --listen, --webhook-listen, --lease-api-listen or --dashboard-listen");
        }
    }
}
