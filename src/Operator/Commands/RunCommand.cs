using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Operator.GitHub;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;

namespace Operator.Commands;

/// <summary><c>operator run</c>: runs the operator against a cluster.</summary>
internal static class RunCommand
{
    private static readonly Option<bool> LeaderElect = new("--leader-elect") { Description = "Elect a leader among several replicas." };

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Address of /healthz and /readyz.",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    private static readonly Option<string?> WebhookListen = new("--webhook-listen")
    {
        Description = "Separate address for /webhooks/github, such as http://0.0.0.0:8081; defaults to that of --listen. "
            + "Terminate TLS at the ingress.",
    };

    private static readonly Option<bool> JsonLogs = new("--json-logs")
    {
        Description = "Log JSON, one object per line; defaults to JSON in a cluster and text elsewhere.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 },
    };

    private static readonly Option<string> LogLevel = new("--log-level")
    {
        Description = $"Minimum log level (LOG_LEVEL): {string.Join(", ", LogOutput.Levels)}.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LOG_LEVEL") is { Length: > 0 } level ? level : "information",
    };

    public static Command Create()
    {
        var command = new Command("run", "Run the operator against a cluster.")
        {
            ClusterArguments.Kubeconfig, ClusterArguments.Context, ClusterArguments.Namespace, ClusterArguments.WatchNamespaces,
            ClusterArguments.GitHubHosts, ClusterArguments.ClusterId, LeaderElect, Listen, WebhookListen, ClusterArguments.WebhookSecret, JsonLogs, LogLevel,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var errors = parsed.InvocationConfiguration.Error;
        if (!LogOutput.TryParse(parsed.GetValue(LogLevel), out var level))
        {
            await errors.WriteLineAsync($"error: --log-level '{parsed.GetValue(LogLevel)}' is none of {string.Join(", ", LogOutput.Levels)}");
            return 2;
        }

        var options = new OperatorOptions
        {
            Namespace = parsed.GetValue(ClusterArguments.Namespace)!,
            Watch = WatchScope.Parse(parsed.GetValue(ClusterArguments.WatchNamespaces)),
            GitHubHosts = GitHubHosts.Parse(parsed.GetValue(ClusterArguments.GitHubHosts)),
            ClusterId = parsed.GetValue(ClusterArguments.ClusterId),
            LeaderElect = parsed.GetValue(LeaderElect),
            ListenOn = parsed.GetValue(Listen)!,
            WebhookListenOn = parsed.GetValue(WebhookListen),
            WebhookSecretName = parsed.GetValue(ClusterArguments.WebhookSecret),
        };
        try
        {
            await using var app = await OperatorProcess.BuildAsync(
                ClusterArguments.Read(parsed), options, OperatorDependencies.Real(), logging => LogOutput.Configure(logging, parsed.GetValue(JsonLogs), level), cancellationToken);
            await app.StartAsync(cancellationToken);
            await Task.WhenAll(GiveMemoryBackAsync(app), app.WaitForShutdownAsync(cancellationToken));
            return app.Services.GetRequiredService<ControllerManager>().ExecuteTask is { IsFaulted: true } ? 1 : 0;
        }
        catch (KubernetesConfigurationException e)
        {
            await errors.WriteLineAsync($"error: {e.Message}");
            return 2;
        }
        catch (HttpRequestException e)
        {
            await errors.WriteLineAsync($"error: the API server cannot be reached: {e.Message}");
            return 2;
        }
    }

    // Reading the first lists leaves more garbage than anything after it; an operator that rests would keep that for days.
    private static async Task GiveMemoryBackAsync(WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        await app.Services.GetRequiredService<ControllerManager>().WaitUntilReadyAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopping.IsCancellationRequested)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
