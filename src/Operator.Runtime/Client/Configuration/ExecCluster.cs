using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Operator.Runtime.Client.Configuration;

/// <summary>What a credential plugin may know of the cluster, under the names it reads.</summary>
public sealed class ExecCluster
{
    /// <summary>The API server's address.</summary>
    public string? Server { get; init; }

    /// <summary>The name to expect in the server's certificate.</summary>
    [JsonPropertyName("tls-server-name")]
    public string? TlsServerName { get; init; }

    /// <summary>Whether the server's certificate is not checked.</summary>
    [JsonPropertyName("insecure-skip-tls-verify")]
    public bool? InsecureSkipTlsVerify { get; init; }

    /// <summary>Who may have signed the server's certificate, PEM.</summary>
    [JsonPropertyName("certificate-authority-data")]
    public byte[]? CertificateAuthorityData { get; init; }

    /// <summary>The proxy to go through.</summary>
    [JsonPropertyName("proxy-url")]
    public string? ProxyUrl { get; init; }

    /// <summary>Whatever the kubeconfig's author left for the plugin.</summary>
    public JsonNode? Config { get; init; }
}
