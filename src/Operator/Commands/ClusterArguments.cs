using System.CommandLine;
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

    public static readonly Option<string> Namespace = new("--namespace")
    {
        Description = "Namespace of the operator's own objects (POD_NAMESPACE).",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("POD_NAMESPACE") ?? "ec2runners-system",
    };

    public static readonly Option<string?> WatchNamespaces = new("--watch-namespaces")
    {
        Description = "Comma-separated namespaces to manage pools in (WATCH_NAMESPACES); defaults to all.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("WATCH_NAMESPACES"),
    };

    public static readonly Option<string?> GitHubHosts = new("--github-hosts")
    {
        Description = "Comma-separated hosts that may receive credentials, such as github.com (GITHUB_HOSTS); defaults to any that a pool names.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("GITHUB_HOSTS"),
    };

    public static readonly Option<string?> ClusterId = new("--cluster-id")
    {
        Description = "Identifies this cluster in tags (CLUSTER_ID); defaults to the UID of the namespace kube-system. Never change it while machines run.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("CLUSTER_ID"),
    };

    public static readonly Option<string?> WebhookSecret = new("--webhook-secret")
    {
        Description = "Secret in --namespace whose github_webhook_secret_token is valid for all pools; by default only those in the pools' credentials are.",
    };

    /// <summary>How the cluster is reached.</summary>
    /// <exception cref="KubernetesConfigurationException">It is not configured, or wrongly.</exception>
    public static KubernetesClientConfiguration Read(ParseResult parsed)
    {
        var (kubeconfig, context) = (parsed.GetValue(Kubeconfig), parsed.GetValue(Context));
        return kubeconfig is null && context is null
            ? ClusterConfiguration.BuildDefault()
            : ClusterConfiguration.BuildFromKubeconfig(kubeconfig, context);
    }
}
