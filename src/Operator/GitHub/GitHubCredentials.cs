using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Operator.GitHub;

/// <summary>
/// How the operator shows GitHub who it is. Two credentials are equal when their content is; nothing that can be printed
/// shows a secret.
/// </summary>
internal abstract class GitHubCredentials : IEquatable<GitHubCredentials>
{
    private GitHubCredentials(string kind, params string[] content) =>
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(kind + '\n' + string.Join('\n', content))));

    /// <summary>SHA-256 of the content, in hex: tells credentials apart without showing them.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads a Secret with the keys that Actions Runner Controller uses.</summary>
    /// <param name="data">The Secret's data, decoded once from base64 as the API's clients do.</param>
    /// <param name="credentials">The credentials, when they can be read.</param>
    /// <param name="problem">Otherwise which key is missing or malformed, and what to do. Never holds a secret.</param>
    public static bool TryParse(
        IReadOnlyDictionary<string, byte[]> data,
        [NotNullWhen(true)] out GitHubCredentials? credentials,
        [NotNullWhen(false)] out string? problem) =>
        GitHubCredentialsReader.TryRead(data, out credentials, out problem);

    public bool Equals(GitHubCredentials? other) => other is not null && Fingerprint == other.Fingerprint;

    public override bool Equals(object? obj) => Equals(obj as GitHubCredentials);

    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);

    /// <summary>A personal access token, classic or fine-grained.</summary>
    /// <param name="value">The token.</param>
    public sealed class Token(string value) : GitHubCredentials("token", value)
    {
        /// <summary>The token itself: goes into an Authorization header and nowhere else.</summary>
        public string Value { get; } = value;

        public override string ToString() => "personal access token";
    }

    /// <summary>An installation of a GitHub App.</summary>
    /// <param name="appId">The App's number, or its client id.</param>
    /// <param name="installationId">The number of the installation in the organization.</param>
    /// <param name="privateKeyPem">The App's RSA key, PKCS#1 or PKCS#8 PEM.</param>
    public sealed class App(string appId, long installationId, string privateKeyPem)
        : GitHubCredentials("app", appId, $"{installationId}", privateKeyPem)
    {
        /// <summary>The App's number, or its client id: the issuer of its JWTs.</summary>
        public string AppId { get; } = appId;

        /// <summary>The number of the installation.</summary>
        public long InstallationId { get; } = installationId;

        /// <summary>The key's PEM: signs JWTs and goes nowhere else.</summary>
        public string PrivateKeyPem { get; } = privateKeyPem;

        public override string ToString() => $"app {AppId}, installation {InstallationId}";
    }
}
