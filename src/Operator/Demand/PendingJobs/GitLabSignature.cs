using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Operator.Demand.PendingJobs;

/// <summary>
/// How GitLab proves that a delivery is its own: by the secret itself in <c>X-Gitlab-Token</c>, or, with a signing token (<c>whsec_</c> and base64), by HMAC-SHA256 over id, time and body in
/// <c>webhook-signature</c>. Pure.
/// </summary>
internal static class GitLabSignature
{
    private const string SigningPrefix = "whsec_";
    private const string Version = "v1,";

    /// <summary>A signed delivery that is older, or from further in the future, may be a replayed one.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Whether a delivery bears a secret or a signature.</summary>
    public static bool IsThere(IHeaderDictionary headers) => headers["X-Gitlab-Token"].Count > 0 || headers["webhook-signature"].Count > 0;

    /// <summary>Whether a secret is that of a delivery. Takes constant time.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="headers">The delivery's headers.</param>
    /// <param name="body">The raw body.</param>
    /// <param name="now">The time.</param>
    public static bool Matches(byte[] secret, IHeaderDictionary headers, byte[] body, DateTimeOffset now)
    {
        var text = Encoding.UTF8.GetString(secret);
        return text.StartsWith(SigningPrefix, StringComparison.Ordinal)
            ? IsSignedWith(text[SigningPrefix.Length..], headers, body, now)
            : CryptographicOperations.FixedTimeEquals(secret, Encoding.UTF8.GetBytes(headers["X-Gitlab-Token"].ToString()));
    }

    private static bool IsSignedWith(string key, IHeaderDictionary headers, byte[] body, DateTimeOffset now)
    {
        var bytes = new byte[key.Length];
        var (id, time) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
        if (!Convert.TryFromBase64String(key, bytes, out var length) || id.Length == 0
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || (now.ToUnixTimeSeconds() - seconds) is var age
            && Math.Abs(age) > Tolerance.TotalSeconds)
        {
            return false;
        }

        var expected = HMACSHA256.HashData(bytes.AsSpan(0, length), [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body]);
        return headers["webhook-signature"].ToString().Split(' ').Any(one =>
            one.StartsWith(Version, StringComparison.Ordinal) && Read(one[Version.Length..]) is { } signature && CryptographicOperations.FixedTimeEquals(expected, signature));
    }

    private static byte[]? Read(string signature)
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        return signature.Length <= 64 && Convert.TryFromBase64String(signature, bytes, out var length) && length == bytes.Length ? bytes : null;
    }
}
