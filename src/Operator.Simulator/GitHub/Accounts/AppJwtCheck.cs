using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Operator.Simulator.GitHub.Accounts;

/// <summary>Checks the JWT of an App as GitHub does: signature, issuer, and times within ten minutes.</summary>
internal static class AppJwtCheck
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(10);

    /// <summary>The App that signed it, or null and the message of GitHub's 401.</summary>
    /// <param name="jwt">The content of the Authorization header.</param>
    /// <param name="apps">Finds an App by its id.</param>
    /// <param name="now">The time.</param>
    /// <param name="problem">The message.</param>
    public static RegisteredApp? Verify(string jwt, Func<string, RegisteredApp?> apps, DateTimeOffset now, out string problem)
    {
        problem = "A JSON web token could not be decoded";
        var parts = jwt.Split('.');
        if (parts.Length != 3 || Read(parts[0]) is not { } header || Read(parts[1]) is not { } claims || Bytes(parts[2]) is not { } signature
            || Text(header, "alg") != "RS256")
        {
            return null;
        }

        if (Number(claims, "exp") is not { } exp || DateTimeOffset.FromUnixTimeSeconds(exp) <= now)
        {
            problem = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
            return null;
        }

        if (DateTimeOffset.FromUnixTimeSeconds(exp) > now + LongestLife)
        {
            problem = "'Expiration time' claim ('exp') is too far in the future";
            return null;
        }

        if (Number(claims, "iat") is not { } iat || DateTimeOffset.FromUnixTimeSeconds(iat) > now)
        {
            problem = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
            return null;
        }

        if (Text(claims, "iss") is not { } issuer || apps(issuer) is not { } app)
        {
            problem = "'Issuer' claim ('iss') must be an Integer or a client id";
            return null;
        }

        return IsSigned(app, $"{parts[0]}.{parts[1]}", signature) ? app : null;
    }

    private static bool IsSigned(RegisteredApp app, string content, byte[] signature)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(app.PublicKey, out _);
        return rsa.VerifyData(Encoding.ASCII.GetBytes(content), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static JsonElement? Read(string part)
    {
        try
        {
            return Bytes(part) is { } bytes ? JsonElement.Parse(bytes) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(string part) => Base64Url.IsValid(part) ? Base64Url.DecodeFromChars(part) : null;

    private static long? Number(JsonElement claims, string name) =>
        Property(claims, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    // The issuer may be the App's number, with or without quotes.
    private static string? Text(JsonElement claims, string name) => Property(claims, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
