using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Authentication;

namespace Operator.Runtime.Client.Configuration;

/// <summary>Determines the cluster and its credentials by means of the official client.</summary>
public static class ClusterConfiguration
{
    /// <summary>
    /// The same as <c>kubectl</c>: the files of <c>KUBECONFIG</c>, else <c>~/.kube/config</c>, else the pod's service account.
    /// </summary>
    /// <exception cref="KubernetesConfigurationException">There is none of these, or it is invalid.</exception>
    public static KubernetesClientConfiguration BuildDefault() => BuildDefault(ConfigurationSources.Process);

    /// <summary>A context of a kubeconfig.</summary>
    /// <param name="path">One file; null for those of <c>KUBECONFIG</c>, else <c>~/.kube/config</c>.</param>
    /// <param name="context">Name of the context; null for the current one.</param>
    /// <exception cref="KubernetesConfigurationException">Something is missing or invalid.</exception>
    public static KubernetesClientConfiguration BuildFromKubeconfig(string? path = null, string? context = null) =>
        Kubeconfig.Build(path is null ? ConfigurationSources.Process.KubeconfigPaths() : [path], context);

    internal static KubernetesClientConfiguration BuildDefault(ConfigurationSources sources)
    {
        if (sources.KubeconfigPaths().Any(File.Exists))
        {
            return Kubeconfig.Build(sources.KubeconfigPaths(), context: null);
        }

        return sources.Variable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
            ? BuildInCluster(sources)
            : throw new KubernetesConfigurationException(
                $"No cluster is configured: there is no kubeconfig at {string.Join(" or ", sources.KubeconfigPaths())}, and this is "
                + "not a pod. Set KUBECONFIG to a kubeconfig file.");
    }

    // The library's own method reads fixed paths and the process's environment, and supports only one certificate authority.
    internal static KubernetesClientConfiguration BuildInCluster(ConfigurationSources sources)
    {
        var (host, port) = (sources.Variable("KUBERNETES_SERVICE_HOST"), sources.Variable("KUBERNETES_SERVICE_PORT"));
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            throw new KubernetesConfigurationException("This is not a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set.");
        }

        string InFolder(string name) => Path.Combine(sources.ServiceAccountFolder, name);
        var token = InFolder("token");
        if (!File.Exists(token))
        {
            throw new KubernetesConfigurationException(
                $"The pod has no service account token at {token}. Set automountServiceAccountToken: true on the pod.");
        }

        return new()
        {
            Host = $"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}",
            SslCaCerts = File.Exists(InFolder("ca.crt")) ? LoadAuthorities(File.ReadAllText(InFolder("ca.crt")), InFolder("ca.crt")) : null,
            TokenProvider = new RenewableToken($"the file {token}", () => new TokenFileAuth(token)),
            Namespace = File.Exists(InFolder("namespace")) ? File.ReadAllText(InFolder("namespace")).Trim() : "default",
            FirstMessageHandlerSetup = connections => connections.UseProxy = false, // an external proxy cannot reach a service's address
        };
    }

    /// <param name="pem">One or more certificates.</param>
    /// <param name="source">The source, for the message.</param>
    internal static X509Certificate2Collection LoadAuthorities(string pem, string source)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new KubernetesConfigurationException($"The certificate authority in {source} is not valid PEM.", e);
        }

        return authorities.Count > 0
            ? authorities
            : throw new KubernetesConfigurationException($"The certificate authority in {source} holds no certificate.");
    }
}
