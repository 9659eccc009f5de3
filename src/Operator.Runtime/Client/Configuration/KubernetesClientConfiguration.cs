using System.Security.Cryptography.X509Certificates;

namespace Operator.Runtime.Client.Configuration;

/// <summary>Where the API server is, how to know it and how to be known to it.</summary>
public sealed partial record KubernetesClientConfiguration
{
    /// <summary>The API server's address; a path, as proxies have it, is kept.</summary>
    public required Uri Server { get; init; }

    /// <summary>Who may have signed the server's certificate; null means whom the system trusts.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>Do not check the server's certificate at all.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name to expect in the server's certificate, when it is not the address's host.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>The proxy to go through; null means what the environment says (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>).</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Whether to heed proxies at all.</summary>
    public bool UseProxy { get; init; } = true;

    /// <summary>How to be known to the server.</summary>
    public KubernetesCredentials Credentials { get; init; } = new();

    /// <summary>The namespace meant where none is named: the context's, or the pod's own.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>
    /// What <c>kubectl</c> would use: the files of <c>KUBECONFIG</c>, else <c>~/.kube/config</c>, else the pod's service account.
    /// </summary>
    /// <exception cref="KubernetesConfigurationException">There is none of these, or it is broken.</exception>
    public static KubernetesClientConfiguration BuildDefault() => BuildDefault(ConfigurationSources.Process);

    /// <summary>The service account of the pod that this process runs in.</summary>
    /// <exception cref="KubernetesConfigurationException">This is not a pod, or it has no service account.</exception>
    public static KubernetesClientConfiguration BuildInCluster() => BuildInCluster(ConfigurationSources.Process);

    /// <summary>A context of a kubeconfig.</summary>
    /// <param name="path">One file; null means those of <c>KUBECONFIG</c>, else <c>~/.kube/config</c>.</param>
    /// <param name="context">Name of the context; null means the current one.</param>
    /// <exception cref="KubernetesConfigurationException">Something is missing or broken.</exception>
    public static KubernetesClientConfiguration BuildFromKubeconfig(string? path = null, string? context = null) =>
        BuildFromKubeconfig(ConfigurationSources.Process, path, context);

    internal static KubernetesClientConfiguration BuildDefault(ConfigurationSources sources)
    {
        if (sources.KubeconfigPaths().Any(File.Exists))
        {
            return BuildFromKubeconfig(sources, path: null, context: null);
        }

        return sources.Variable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
            ? BuildInCluster(sources)
            : throw new KubernetesConfigurationException(
                $"No cluster is configured: there is no kubeconfig at {string.Join(" or ", sources.KubeconfigPaths())}, and this is "
                + "not a pod. Set KUBECONFIG to a kubeconfig file.");
    }

    internal static KubernetesClientConfiguration BuildInCluster(ConfigurationSources sources)
    {
        var host = sources.Variable("KUBERNETES_SERVICE_HOST");
        var port = sources.Variable("KUBERNETES_SERVICE_PORT");
        var token = Path.Combine(sources.ServiceAccountFolder, "token");
        var authority = Path.Combine(sources.ServiceAccountFolder, "ca.crt");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            throw new KubernetesConfigurationException("This is not a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set.");
        }

        if (!File.Exists(token))
        {
            throw new KubernetesConfigurationException(
                $"The pod has no service account token at {token}. Set automountServiceAccountToken: true on the pod.");
        }

        var namespaceFile = Path.Combine(sources.ServiceAccountFolder, "namespace");
        return new()
        {
            Server = new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}"),
            CertificateAuthorities = File.Exists(authority) ? Certificates.LoadAuthorities(File.ReadAllText(authority), authority) : null,
            UseProxy = false, // no proxy outside can reach a service's address
            Credentials = new() { TokenFile = token },
            Namespace = File.Exists(namespaceFile) ? File.ReadAllText(namespaceFile).Trim() : "default",
        };
    }
}
