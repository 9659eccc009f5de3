using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>The JWTs of the scale-set service. Clients read when they end and nothing else.</summary>
/// <param name="random">Source of the key.</param>
internal sealed class ServiceTokens(Random random)
{
    private static readonly string Header = Encode("""{"alg":"HS256","typ":"JWT"}"""u8);

    private readonly byte[] _key = Convert.FromHexString(random.GetHexString(64));

    /// <summary>Creates a token.</summary>
    /// <param name="use">Its purpose: <c>admin orgs/o</c>, or <c>queue</c> and a session.</param>
    /// <param name="now">The time.</param>
    /// <param name="life">How long it lasts.</param>
    public string Issue(string use, DateTimeOffset now, TimeSpan life)
    {
        var claims = new ServiceClaims(use, now.ToUnixTimeSeconds(), (now + life).ToUnixTimeSeconds());
        var content = $"{Header}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims, ServiceWire.Default.ServiceClaims))}";
        return $"{content}.{Sign(content)}";
    }

    /// <summary>The purpose of a token; null if it is unknown or has expired.</summary>
    /// <param name="token">The token.</param>
    /// <param name="now">The time.</param>
    public string? Verify(string token, DateTimeOffset now)
    {
        var end = token.LastIndexOf('.');
        if (end < Header.Length || Sign(token[..end]) != token[(end + 1)..])
        {
            return null;
        }

        var claims = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(token.AsSpan()[(Header.Length + 1)..end]), ServiceWire.Default.ServiceClaims)!;
        return claims.Exp > now.ToUnixTimeSeconds() ? claims.Sub : null;
    }

    private string Sign(string content) => Encode(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(content)));

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}

internal sealed record ServiceClaims(string Sub, long Iat, long Exp);
