using System.CommandLine;
using Operator.GitHub;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.Commands;

/// <summary>Which cluster a command is about, and as which operator: what several commands take alike.</summary>
internal static class ClusterArguments
{
    public static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    {
        Description = "Kubeconfig file; defaults to KUBECONFIG, ~/.kube/config or the pod's service account.",
    };

    public static readonly Option<string?> Context = new("--context") { Description = "Context in the kubeconfig; defaults to the current one." };

    public static readonly Option<string> Namespace = new Option<string>("--namespace")
    {
        Description = "Namespace of the operator's own objects (POD_NAMESPACE).",
        DefaultValueFactory = _ => Variable("POD_NAMESPACE") ?? "ec2runners-system",
    }.MustBe(ArgumentRules.IsNamespace, "the name of a namespace");

    public static readonly Option<string?> WatchNamespaces = new Option<string?>("--watch-namespaces")
    {
        Description = "Look after pools in these namespaces only, with commas between them (WATCH_NAMESPACES); without it in all.",
        DefaultValueFactory = _ => Variable("WATCH_NAMESPACES"),
    }.MustBeListOf(ArgumentRules.IsNamespace, "a list of namespaces such as team-a,team-b");

    public static readonly Option<string?> GitHubHosts = new Option<string?>("--github-hosts")
    {
        Description = "Send credentials to these hosts only, such as github.com, with commas between them (GITHUB_HOSTS); without it to any that a pool names.",
        DefaultValueFactory = _ => Variable("GITHUB_HOSTS"),
    }.MustBeListOf(ArgumentRules.IsHost, "a list of hosts such as github.com,github.example.com:8443");

    public static readonly Option<bool> AllowLoopback = new("--allow-loopback")
    {
        Description = "For development: reach a GitHub on this machine, also without TLS (ALLOW_LOOPBACK=true); without it no loopback address is connected to.",
        DefaultValueFactory = _ => Variable("ALLOW_LOOPBACK") == "true",
    };

    public static readonly Option<string?> ClusterId = new Option<string?>("--cluster-id")
    {
        Description = "Names this cluster in tags (CLUSTER_ID); without it the UID of the namespace kube-system. Never change it while machines run.",
        DefaultValueFactory = _ => Variable("CLUSTER_ID"),
    }.MustBe(ArgumentRules.IsClusterId, "an id of 1 to 64 letters, digits, dots, hyphens and underscores");

    public static readonly Option<string?> WebhookSecret = new Option<string?>("--webhook-secret")
    {
        Description = "Secret in --namespace whose github_webhook_secret_token counts for every pool; without it only those in the pools' credentials.",
    }.MustBe(ArgumentRules.IsObjectName, "the name of a Secret");

    /// <summary>How the cluster is reached.</summary>
    /// <exception cref="KubernetesConfigurationException">It is not configured, or wrongly.</exception>
    public static KubernetesClientConfiguration Read(ParseResult parsed)
    {
        var (kubeconfig, context) = (parsed.GetValue(Kubeconfig), parsed.GetValue(Context));
        return kubeconfig is null && context is null
            ? ClusterConfiguration.BuildDefault()
            : ClusterConfiguration.BuildFromKubeconfig(kubeconfig, context);
    }

    /// <summary>The real dependencies, as the arguments want them.</summary>
    public static OperatorDependencies Dependencies(ParseResult parsed) =>
        OperatorDependencies.Real() with { GitHub = GitHubAddresses.Default with { AllowLoopback = parsed.GetValue(AllowLoopback) } };

    /// <summary>An environment variable; empty is the same as not set.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
