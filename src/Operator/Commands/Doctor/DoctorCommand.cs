using System.CommandLine;
using Operator.GitHub;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;

namespace Operator.Commands.Doctor;

/// <summary><c>operator doctor</c>: reports problems of an installation, and how to fix them.</summary>
internal static class DoctorCommand
{
    private static readonly Option<string?> Pool = new Option<string?>("--pool") { Description = "Only this pool and its account, as namespace/name." }
        .MustBe(ArgumentRules.IsNamespacedName, "namespace/name");

    private static readonly Option<string> Output = new("--output") { Description = "text or json.", DefaultValueFactory = _ => "text" };

    public static Command Create()
    {
        var command = new Command("doctor", "Check cluster, AWS, GitHub and GitLab; exit code 0: no failures, 1: failures, 2: could not run.")
        {
            ClusterArguments.Kubeconfig, ClusterArguments.Context, ClusterArguments.Namespace, ClusterArguments.WatchNamespaces,
            ClusterArguments.GitHubHosts, ClusterArguments.AllowLoopback, ClusterArguments.ClusterId, ClusterArguments.WebhookSecret, Pool, Output,
        };
        Output.AcceptOnlyFromAmong("text", "json");
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var report = await ExamineAsync(parsed, cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(Output) == "json" ? report.ToJson() : report.ToText());
        return report.ExitCode;
    }

    private static async Task<DoctorReport> ExamineAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new OperatorOptions
        {
            Namespace = parsed.GetValue(ClusterArguments.Namespace)!,
            Watch = WatchScope.Parse(parsed.GetValue(ClusterArguments.WatchNamespaces)),
            GitHubHosts = GitHubHosts.Parse(parsed.GetValue(ClusterArguments.GitHubHosts)),
            ClusterId = parsed.GetValue(ClusterArguments.ClusterId),
            WebhookSecretName = parsed.GetValue(ClusterArguments.WebhookSecret),
        };
        var pool = parsed.GetValue(Pool) is { } text ? NamespacedName.Parse(text) : (NamespacedName?)null;
        try
        {
            return await new DoctorSession(options, ClusterArguments.Dependencies(parsed), pool).RunAsync(ClusterArguments.Read(parsed), cancellationToken);
        }
        catch (KubernetesConfigurationException e)
        {
            return new([new(Outcome.Failed, "kubernetes", "kubeconfig", "", e.Message)], CouldNotRun: true);
        }
    }
}
