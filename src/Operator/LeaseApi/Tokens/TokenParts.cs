using System.Buffers;
using System.Text.Json;

namespace Operator.LeaseApi.Tokens;

/// <summary>A token before anything of it is believed: what it says of itself, as strictly as GitHub writes it. Pure.</summary>
/// <param name="KeyId">Which key it says that it is signed with.</param>
/// <param name="Issuer">Who it says has issued it: a key into the known issuers, never an address to ask.</param>
/// <param name="Payload">Its claims.</param>
internal sealed record TokenParts(string KeyId, string Issuer, JsonElement Payload)
{
    /// <summary>GitHub's tokens have less than 3,000 characters.</summary>
    public const int LongestToken = 8192;

    /// <summary>The one algorithm of GitHub.</summary>
    public const string Algorithm = "RS256";

    // A decoder that skips blanks would read one token in many spellings.
    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly string[] Times = ["iat", "nbf", "exp"];

    /// <summary>Reads a token.</summary>
    public static (TokenParts? Parts, TokenRefusal? Refusal) Read(string token)
    {
        if (token.Length > LongestToken)
        {
            return (null, TokenRefusal.TooLong);
        }

        var dots = token.Count(letter => letter == '.');
        var (first, last) = (token.IndexOf('.', StringComparison.Ordinal), token.LastIndexOf('.'));
        if (dots != 2 || token.AsSpan().ContainsAnyExcept(Letters) || first < 1 || last == token.Length - 1
            || StrictJson.Read(token.AsSpan(0, first)) is not { } header || StrictJson.Read(token.AsSpan(first + 1, last - first - 1)) is not { } payload)
        {
            return (null, TokenRefusal.Malformed("it is not three parts of base64url, of which two are JSON objects without repeated members"));
        }

        return ProblemOf(header) is { } problem ? (null, TokenRefusal.Malformed(problem))
            : Array.Exists(Times, name => payload.TryGetProperty(name, out var time) && time.ValueKind != JsonValueKind.Number) ? (null, TokenRefusal.Claim("a time is not a number"))
            : payload.Text("iss") is { } issuer ? (new(header.Text("kid")!, issuer, payload), null)
            : (null, TokenRefusal.Claim("iss is missing"));
    }

    // What the library takes and GitHub never writes is refused: extensions that must be understood, and tokens of other types.
    private static string? ProblemOf(JsonElement header) =>
        header.Text("alg") != Algorithm ? $"its algorithm is not {Algorithm}"
        : header.TryGetProperty("typ", out var type) && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("JWT")) ? "its type is not JWT"
        : header.TryGetProperty("crit", out _) ? "it has a critical extension"
        : header.Text("kid", longest: 256) is null ? "it names no key (kid)"
        : null;
}
