using System.Security.Cryptography;

namespace Operator.Demand.Webhooks;

/// <summary>GitHub's signature of a delivery: HMAC-SHA256 over the raw body, in the header <c>X-Hub-Signature-256</c>.</summary>
internal static class WebhookSignature
{
    private const string Prefix = "sha256=";

    /// <summary>The bytes of the header's value; null if it is not a signature.</summary>
    public static byte[]? Read(string? header)
    {
        if (header is null || header.Length != Prefix.Length + (SHA256.HashSizeInBytes * 2) || !header.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var signature = new byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(header.AsSpan(Prefix.Length), signature, out _, out _) == System.Buffers.OperationStatus.Done ? signature : null;
    }

    /// <summary>Whether a body was signed with a secret. Takes constant time.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="body">The raw body.</param>
    /// <param name="signature">The result of <see cref="Read"/>.</param>
    public static bool Matches(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> body, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, body, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }
}
