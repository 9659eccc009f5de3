using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.Time;

namespace Operator.Tests.LeaseApi;

/// <summary>An issuer of tokens, with what GitHub's would never do, too.</summary>
internal sealed class TestIssuer(ManualTimeProvider clock) : HttpMessageHandler
{
    public const string GitHub = "https://token.actions.githubusercontent.com";
    public const string Audience = "https://leases.example.com";

    private static readonly RSA First = RSA.Create(2048);
    private static readonly RSA Second = RSA.Create(2048);
    private static readonly RSA Short = RSA.Create(1024);

    /// <summary>Keys by name, as the document shows them.</summary>
    public Dictionary<string, RSA> Keys { get; } = new() { ["k1"] = First };

    /// <summary>More members of the key document's list.</summary>
    public List<JsonObject> MoreKeys { get; } = [];

    public string Issuer { get; init; } = GitHub;

    /// <summary>What the discovery document says of itself.</summary>
    public string? SaysIssuer { get; set; }

    public string? SaysKeysAt { get; set; }

    /// <summary>Answers instead of a document.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Instead { get; set; } = _ => null;

    /// <summary>What was asked.</summary>
    public List<string> Asked { get; } = [];

    public static RSA Other => Second;

    public static RSA Weak => Short;

    /// <summary>The claims of an ordinary token.</summary>
    public JsonObject Claims()
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return new()
        {
            ["jti"] = Guid.NewGuid().ToString(),
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = "repo:my-org/app:ref:refs/heads/main",
            ["iat"] = now,
            ["nbf"] = now - 600,
            ["exp"] = now + 300,
            ["repository"] = "my-org/app",
            ["repository_id"] = "74",
            ["repository_owner"] = "my-org",
            ["repository_owner_id"] = "65",
            ["run_id"] = "1234",
            ["run_attempt"] = "1",
            ["event_name"] = "push",
            ["ref"] = "refs/heads/main",
            ["runner_environment"] = "github-hosted",
            ["job_workflow_ref"] = "my-org/app/.github/workflows/ci.yml@refs/heads/main",
            ["actor"] = "octocat",
        };
    }

    public static JsonObject Header() => new() { ["typ"] = "JWT", ["alg"] = "RS256", ["kid"] = "k1", ["x5t"] = "k1" };

    /// <summary>A token.</summary>
    /// <param name="claims">Its claims; null for ordinary ones.</param>
    /// <param name="header">Its header; null for an ordinary one.</param>
    /// <param name="key">Signs it; null for the first.</param>
    public string Token(JsonObject? claims = null, JsonObject? header = null, RSA? key = null) =>
        Sign((header ?? Header()).ToJsonString(), (claims ?? Claims()).ToJsonString(), data => (key ?? First).SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Sign(string header, string payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(payload))}";
        return $"{text}.{Encode(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked.Add(request.RequestUri!.AbsoluteUri);
        return Task.FromResult(Instead(request) ?? (request.RequestUri!.AbsoluteUri == $"{Issuer}/.well-known/openid-configuration" ? Json(new()
        {
            ["issuer"] = SaysIssuer ?? Issuer,
            ["jwks_uri"] = SaysKeysAt ?? $"{Issuer}/.well-known/jwks",
        }) : Json(new() { ["keys"] = new JsonArray([.. Keys.Select(pair => (JsonNode)KeyOf(pair.Key, pair.Value)), .. MoreKeys]) })));
    }

    public static JsonObject KeyOf(string name, RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new() { ["kty"] = "RSA", ["use"] = "sig", ["alg"] = "RS256", ["kid"] = name, ["n"] = Encode(parameters.Modulus!), ["e"] = Encode(parameters.Exponent!) };
    }

    private static HttpResponseMessage Json(JsonObject body) => new(HttpStatusCode.OK) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
}
