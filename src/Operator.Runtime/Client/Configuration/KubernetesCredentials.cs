using System.Security.Cryptography.X509Certificates;

namespace Operator.Runtime.Client.Configuration;

/// <summary>How to be known to the API server. A client certificate may go along with the others.</summary>
public sealed record KubernetesCredentials
{
    /// <summary>A bearer token that does not change.</summary>
    public string? Token { get; init; }

    /// <summary>A file with a bearer token that is rotated; goes before <see cref="Token"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>For HTTP basic authentication, as some proxies have it.</summary>
    public string? Username { get; init; }

    /// <summary>For HTTP basic authentication.</summary>
    public string? Password { get; init; }

    /// <summary>A certificate with its private key.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>A program that is asked for a token or certificate.</summary>
    public ExecPlugin? Exec { get; init; }
}

/// <summary>A credential plugin (<c>client.authentication.k8s.io</c>), such as <c>aws eks get-token</c>.</summary>
public sealed record ExecPlugin
{
    /// <summary><c>client.authentication.k8s.io/v1</c> or <c>/v1beta1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>The program.</summary>
    public required string Command { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables for it, besides those of this process.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Shown when the program is not there.</summary>
    public string? InstallHint { get; init; }

    /// <summary>The plugin insists on a terminal, which an operator does not have.</summary>
    public bool NeedsTerminal { get; init; }

    /// <summary>What the plugin wants to know of the cluster; null when it did not ask.</summary>
    public ExecCluster? Cluster { get; init; }
}
