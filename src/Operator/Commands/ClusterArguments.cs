using System.CommandLine;
using Operator.GitHub;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.Commands;

/// <summary>Options shared by several commands: the cluster and the operator's identity.</summary>
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
        Description = "Manage pools in these comma-separated namespaces only (WATCH_NAMESPACES); defaults to all.",
        DefaultValueFactory = _ => Variable("WATCH_NAMESPACES"),
    }.MustBeListOf(ArgumentRules.IsNamespace, "a list of namespaces such as team-a,team-b");

    public static readonly Option<string?> GitHubHosts = new Option<string?>("--github-hosts")
    {
        Description = "Send credentials only to these comma-separated hosts, such as github.com (GITHUB_HOSTS); defaults to any host named in a pool.",
        DefaultValueFactory = _ => Variable("GITHUB_HOSTS"),
    }.MustBeListOf(ArgumentRules.IsHost, "a list of hosts such as github.com,github.example.com:8443");

    public static readonly Option<bool> AllowLoopback = new("--allow-loopback")
    {
        Description = "For development: allow connections to a GitHub on this machine, also without TLS (ALLOW_LOOPBACK=true).",
        DefaultValueFactory = _ => Variable("ALLOW_LOOPBACK") == "true",
    };

    public static readonly Option<string?> ClusterId = new Option<string?>("--cluster-id")
    {
        Description = "Identifies this cluster in tags (CLUSTER_ID); defaults to the UID of the namespace kube-system. Never change it while machines run.",
        DefaultValueFactory = _ => Variable("CLUSTER_ID"),
    }.MustBe(ArgumentRules.IsClusterId, "an id of 1 to 64 letters, digits, dots, hyphens and underscores");

    public static readonly Option<string?> WebhookSecret = new Option<string?>("--webhook-secret")
    {
        Description = "Secret in --namespace whose github_webhook_secret_token is valid for every pool; by default only those in the pools' credentials are used.",
    }.MustBe(ArgumentRules.IsObjectName, "the name of a Secret");

    /// <summary>The cluster's configuration.</summary>
    /// <exception cref="KubernetesConfigurationException">It is missing or invalid.</exception>
    public static KubernetesClientConfiguration Read(ParseResult parsed)
    {
        var (kubeconfig, context) = (parsed.GetValue(Kubeconfig), parsed.GetValue(Context));
        return kubeconfig is null && context is null
            ? ClusterConfiguration.BuildDefault()
            : ClusterConfiguration.BuildFromKubeconfig(kubeconfig, context);
    }

    /// <summary>The real dependencies, configured by the arguments.</summary>
    public static OperatorDependencies Dependencies(ParseResult parsed) =>
        OperatorDependencies.Real() with { GitHub = GitHubAddresses.Default with { AllowLoopback = parsed.GetValue(AllowLoopback) } };

    /// <summary>An environment variable; empty counts as not set.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
