using System.Security.Cryptography;
using System.Text;

namespace Operator.Forges;

/// <summary>The operator's credentials for a forge. Compared by content; no string representation contains a secret.</summary>
/// <param name="kind">Their kind.</param>
/// <param name="content">The secrets.</param>
internal abstract class ForgeCredentials(string kind, params string[] content) : IEquatable<ForgeCredentials>
{
    /// <summary>SHA-256 of the content, in hex: identifies credentials without revealing them.</summary>
    public string Fingerprint { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(kind + '\n' + string.Join('\n', content))));

    public bool Equals(ForgeCredentials? other) => other is not null && Fingerprint == other.Fingerprint;

    public override bool Equals(object? obj) => Equals(obj as ForgeCredentials);

    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);
}
