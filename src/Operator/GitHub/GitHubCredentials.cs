using System.Diagnostics.CodeAnalysis;
using Operator.Forges;

namespace Operator.GitHub;

/// <summary>The operator's credentials for GitHub. Compared by content; no string representation contains a secret.</summary>
internal abstract class GitHubCredentials : ForgeCredentials
{
    private GitHubCredentials(string kind, params string[] content)
        : base(kind, content)
    {
    }

    /// <summary>Parses a Secret with the keys used by Actions Runner Controller.</summary>
    /// <param name="data">The Secret's data, decoded from base64 once, as the API's clients do.</param>
    /// <param name="credentials">The credentials, if they can be parsed.</param>
    /// <param name="problem">Otherwise which key is missing or malformed, and what to do. Never contains a secret.</param>
    public static bool TryParse(
        IReadOnlyDictionary<string, byte[]> data,
        [NotNullWhen(true)] out GitHubCredentials? credentials,
        [NotNullWhen(false)] out string? problem) =>
        GitHubCredentialsReader.TryRead(data, out credentials, out problem);

    /// <summary>A personal access token, classic or fine-grained.</summary>
    /// <param name="value">The token.</param>
    public sealed class Token(string value) : GitHubCredentials("token", value)
    {
        /// <summary>The token itself: used only in the Authorization header.</summary>
        public string Value { get; } = value;

        public override string ToString() => "personal access token";
    }

    /// <summary>An installation of a GitHub App.</summary>
    /// <param name="appId">The App's id or client id.</param>
    /// <param name="installationId">The id of the installation in the organization.</param>
    /// <param name="privateKeyPem">The App's RSA key, PKCS#1 or PKCS#8 PEM.</param>
    public sealed class App(string appId, long installationId, string privateKeyPem)
        : GitHubCredentials("app", appId, $"{installationId}", privateKeyPem)
    {
        /// <summary>The App's id or client id: the issuer of its JWTs.</summary>
        public string AppId { get; } = appId;

        /// <summary>The id of the installation.</summary>
        public long InstallationId { get; } = installationId;

        /// <summary>The key's PEM: used only to sign JWTs.</summary>
        public string PrivateKeyPem { get; } = privateKeyPem;

        public override string ToString() => $"app {AppId}, installation {InstallationId}";
    }
}
