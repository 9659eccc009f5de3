using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.LeaseApi.Tokens;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;

namespace Operator.Tests.LeaseApi;

/// <summary>A token is what it says only if GitHub says so, for this API, now.</summary>
public sealed class WorkflowTokensTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly TestIssuer _issuer;
    private readonly SigningKeys _keys;
    private readonly WorkflowTokens _tokens;

    public WorkflowTokensTests()
    {
        _issuer = new(_clock);
        _keys = new(() => new HttpClient(_issuer), _clock);
        _tokens = new(_pools, _keys, GitHubHosts.Any, new() { Audience = TestIssuer.Audience }, _clock);
        _pools.Set(Pool("https://github.com/my-org"));
    }

    public void Dispose()
    {
        _keys.Dispose();
        _issuer.Dispose();
    }

    [Fact]
    public async Task Token_AsGitHubMakesIt_IsTheRuns()
    {
        var run = (await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Identity!;

        Assert.Equal(("my-org/app", "74", "65", "1234", 1), (run.Repository, run.RepositoryId, run.OwnerId, run.RunId, run.RunAttempt));
        Assert.Equal(("push", "refs/heads/main", "github-hosted", "octocat"), (run.Event, run.Ref, run.RunnerEnvironment, run.Actor));
        Assert.Null(run.Environment);
    }

    public static TheoryData<string, string> Spoilt() => new()
    {
        // the form
        { "none", "TokenMissing" },
        { "empty", "TokenMissing" },
        { "not a token", "TokenMalformed" },
        { "two dots", "TokenMalformed" },
        { "two parts", "TokenMalformed" },
        { "four parts", "TokenMalformed" },
        { "five parts", "TokenMalformed" },
        { "huge", "TokenTooLong" },
        { "blank at the end", "TokenMalformed" },
        { "header is a list", "TokenMalformed" },
        { "payload is text", "TokenMalformed" },
        { "claim twice", "TokenMalformed" },
        { "header member twice", "TokenMalformed" },
        { "nested deep", "TokenMalformed" },
        // the header
        { "alg none", "TokenMalformed" },
        { "alg None", "TokenMalformed" },
        { "alg missing", "TokenMalformed" },
        { "HS256 with the public key", "TokenMalformed" },
        { "HS256 that says RS256", "SignatureWrong" },
        { "RS512", "TokenMalformed" },
        { "PS256", "TokenMalformed" },
        { "RS512 that says RS256", "SignatureWrong" },
        { "typ at+jwt", "TokenMalformed" },
        { "crit", "TokenMalformed" },
        { "kid missing", "TokenMalformed" },
        { "kid a number", "TokenMalformed" },
        { "kid unknown", "KeyUnknown" },
        { "kid of another key", "SignatureWrong" },
        { "key in the header", "SignatureWrong" },
        { "key elsewhere", "KeyUnknown" },
        // the signature
        { "signed by a stranger", "SignatureWrong" },
        { "payload exchanged", "SignatureWrong" },
        { "signature cut", "SignatureWrong" },
        { "short key", "KeyUnknown" },
        // who and for whom
        { "foreign issuer", "IssuerUnknown" },
        { "issuer with a slash", "IssuerUnknown" },
        { "issuer of an enterprise", "IssuerUnknown" },
        { "issuer missing", "ClaimMissing" },
        { "default audience", "AudienceWrong" },
        { "audience with a slash", "AudienceWrong" },
        { "audience a list with ours", "AudienceWrong" },
        { "audience missing", "AudienceWrong" },
        // when
        { "expired", "TokenExpired" },
        { "not yet valid", "TokenNotYetValid" },
        { "issued in the future", "TokenNotYetValid" },
        { "lives too long", "TokenMalformed" },
        { "exp missing", "ClaimMissing" },
        { "iat missing", "ClaimMissing" },
        { "exp a text", "ClaimMissing" },
        { "exp a fraction", "ClaimMissing" },
        { "exp beyond the calendar", "ClaimMissing" },
        { "nbf a text", "ClaimMissing" },
        // what it says
        { "repository_id a number", "ClaimMissing" },
        { "repository_id no number", "ClaimMissing" },
        { "repository missing", "ClaimMissing" },
        { "repository with a path", "ClaimMissing" },
        { "run_id missing", "ClaimMissing" },
        { "run_attempt 0", "ClaimMissing" },
        { "jti missing", "ClaimMissing" },
        { "event_name missing", "ClaimMissing" },
        { "runner_environment missing", "ClaimMissing" },
        { "job_workflow_ref missing", "ClaimMissing" },
    };

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task Token_Spoilt_IsRefused_AndSaysNothingOfItself(string what, string reason)
    {
        var token = Spoil(what);

        var verdict = await _tokens.VerifyAsync(token, CancellationToken.None);

        Assert.Null(verdict.Identity);
        Assert.Equal(reason, verdict.Refusal!.Reason);
        Assert.False(verdict.Refusal.IsForNow);
        Assert.DoesNotContain("eyJ", verdict.Refusal.Detail, StringComparison.Ordinal);
        Assert.All(_issuer.Asked, address => Assert.StartsWith(TestIssuer.GitHub, address, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(359, true)] // five minutes, and one for the clocks
    [InlineData(360, false)]
    [InlineData(-60, true)]
    [InlineData(-61, false)]
    public async Task Token_AtTheEdgesOfItsTime_CountsAMinuteForTheClocks(int secondsLater, bool isGood)
    {
        var claims = _issuer.Claims();
        claims["nbf"] = claims["iat"]!.DeepClone();
        var token = _issuer.Token(claims);
        if (secondsLater < 0)
        {
            claims["iat"] = (long)claims["iat"]! - secondsLater;
            claims["nbf"] = claims["iat"]!.DeepClone();
            claims["exp"] = (long)claims["exp"]! - secondsLater;
            token = _issuer.Token(claims);
        }
        else
        {
            _clock.Advance(TimeSpan.FromSeconds(secondsLater));
        }

        Assert.Equal(isGood, (await _tokens.VerifyAsync(token, CancellationToken.None)).Identity is not null);
    }

    [Fact]
    public async Task Keys_AreFetchedOnce_AndForAFloodOfUnknownNamesTwiceAMinute()
    {
        await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None);
        Assert.Equal(2, _issuer.Asked.Count);

        for (var i = 0; i < 1000; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(120)); // two minutes in all
            var header = TestIssuer.Header();
            header["kid"] = $"made-up-{i}";
            Assert.Null((await _tokens.VerifyAsync(_issuer.Token(header: header), CancellationToken.None)).Identity);
        }

        Assert.InRange(_issuer.Asked.Count, 4, 2 + (2 * 4));
        Assert.NotNull((await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Identity);
    }

    [Fact]
    public async Task Keys_Rotated_TheNewOneIsTakenAtOnce_AndTheOldOneGoesWithinAnHour()
    {
        await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None);
        _issuer.Keys.Remove("k1");
        _issuer.Keys["k2"] = TestIssuer.Other;
        _clock.Advance(SigningKeys.LeastInterval);
        var header = TestIssuer.Header();
        header["kid"] = "k2";

        Assert.NotNull((await _tokens.VerifyAsync(_issuer.Token(header: header, key: TestIssuer.Other), CancellationToken.None)).Identity);
        Assert.Equal("KeyUnknown", (await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Refusal!.Reason);
    }

    [Fact]
    public async Task Keys_RemovedWithoutANewOneInUse_AreNotTrustedForMoreThanAnHour()
    {
        await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None);
        _issuer.Keys.Remove("k1");
        Assert.NotNull((await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Identity);

        _clock.Advance(SigningKeys.Lifetime);

        Assert.Equal("KeyUnknown", (await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Refusal!.Reason);
    }

    public static TheoryData<string, string> Unreachable() => new()
    {
        { "500", "IssuerUnreachable" },
        { "302", "IssuerUnreachable" },
        { "throws", "IssuerUnreachable" },
        { "no JSON", "IssuerUnreachable" },
        { "huge", "IssuerUnreachable" },
        { "another issuer", "IssuerUnusable" },
        { "keys at the metadata service", "IssuerUnusable" },
        { "keys at another host", "IssuerUnusable" },
        { "no keys", "IssuerUnusable" },
    };

    [Theory]
    [MemberData(nameof(Unreachable))]
    public async Task Issuer_ThatCannotBeUsed_IsOneClearAnswerForNow_AndNothingElseIsAsked(string what, string reason)
    {
        switch (what)
        {
            case "another issuer":
                _issuer.SaysIssuer = "https://evil.example.com";
                break;
            case "keys at the metadata service":
                _issuer.SaysKeysAt = "http://169.254.169.254/latest/meta-data";
                break;
            case "keys at another host":
                _issuer.SaysKeysAt = "https://token.actions.githubusercontent.com.evil.example.com/.well-known/jwks";
                break;
            default:
                _issuer.Instead = request => what switch
                {
                    "500" => new(HttpStatusCode.InternalServerError),
                    "302" => new(HttpStatusCode.Redirect) { Headers = { Location = new("https://evil.example.com") } },
                    "throws" => throw new HttpRequestException("no route"),
                    "huge" => new(HttpStatusCode.OK) { Content = new StringContent(new string(' ', 200_000)) },
                    "no keys" => request.RequestUri!.AbsolutePath.EndsWith("jwks", StringComparison.Ordinal) ? new(HttpStatusCode.OK) { Content = new StringContent("{}") } : null,
                    _ => new(HttpStatusCode.OK) { Content = new StringContent("<html>") },
                };
                break;
        }

        var verdict = await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None);

        Assert.Equal((reason, true), (verdict.Refusal!.Reason, verdict.Refusal.IsForNow));
        Assert.All(_issuer.Asked, address => Assert.StartsWith(TestIssuer.GitHub + "/", address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Issuer_AwayForHours_TheLastGoodKeysCountForSix()
    {
        await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None);
        _issuer.Instead = _ => new(HttpStatusCode.BadGateway);

        _clock.Advance(TimeSpan.FromHours(5));
        Assert.NotNull((await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Identity);
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("IssuerUnreachable", (await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Refusal!.Reason);

        _issuer.Instead = _ => null;
        _clock.Advance(SigningKeys.LeastInterval);
        Assert.NotNull((await _tokens.VerifyAsync(_issuer.Token(), CancellationToken.None)).Identity);
    }

    [Theory]
    [InlineData("https://github.com/my-org", null, "https://token.actions.githubusercontent.com")]
    [InlineData("https://github.com/my-org", "octo", "https://token.actions.githubusercontent.com/octo")]
    [InlineData("https://octo.ghe.com/my-org", null, "https://token.actions.octo.ghe.com")]
    [InlineData("https://octo.ghe.com/my-org", "octo", "https://token.actions.octo.ghe.com/octo")]
    [InlineData("https://ghes.example.com/my-org/app", null, "https://ghes.example.com/_services/token")]
    [InlineData("https://ghes.example.com:8443/my-org", null, "https://ghes.example.com:8443/_services/token")]
    [InlineData("https://notghe.com/my-org", null, "https://notghe.com/_services/token")]
    public void Issuer_OfAPool_IsThatOfItsHost(string url, string? enterprise, string expected) => Assert.Equal(expected, OidcIssuers.Of(Pool(url, enterprise)));

    [Fact]
    public void Issuer_OfAPoolThatTakesNoLeases_IsNone()
    {
        var pool = Pool("https://github.com/my-org");
        pool.Spec.Access = null;

        Assert.Null(OidcIssuers.Of(pool));
        Assert.Empty(OidcIssuers.Of([Pool("https://evil.example.com/x")], GitHubHosts.Parse("github.com")));
    }

    private string? Spoil(string what)
    {
        var (claims, header) = (_issuer.Claims(), TestIssuer.Header());
        var good = _issuer.Token(claims, header);
        var parts = good.Split('.');
        string With(string name, JsonNode? value)
        {
            claims[name] = value;
            return _issuer.Token(claims);
        }

        string Without(string name)
        {
            claims.Remove(name);
            return _issuer.Token(claims);
        }

        string Under(string name, JsonNode? value)
        {
            header[name] = value;
            return _issuer.Token(claims, header);
        }

        var pem = Encoding.UTF8.GetBytes(_issuer.Keys["k1"].ExportSubjectPublicKeyInfoPem());
        byte[] Hmac(byte[] data) => HMACSHA256.HashData(pem, data);
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        switch (what)
        {
            case "none": return null;
            case "empty": return "";
            case "not a token": return "a.b.c";
            case "two dots": return "..";
            case "two parts": return $"{parts[0]}.{parts[1]}";
            case "four parts": return $"{good}.x";
            case "five parts": return $"{good}.x.y";
            case "huge": return good + new string('A', 9000);
            case "blank at the end": return $"{parts[0]}.{parts[1]} .{parts[2]}";
            case "header is a list": return $"{TestIssuer.Encode("[]"u8.ToArray())}.{parts[1]}.{parts[2]}";
            case "payload is text": return $"{parts[0]}.{TestIssuer.Encode("\"x\""u8.ToArray())}.{parts[2]}";
            case "claim twice": return TestIssuer.Sign(header.ToJsonString(), claims.ToJsonString()[..^1] + ",\"repository_id\":\"1\"}", Rs256);
            case "header member twice": return TestIssuer.Sign(header.ToJsonString()[..^1] + ",\"alg\":\"RS256\"}", claims.ToJsonString(), Rs256);
            case "nested deep": return TestIssuer.Sign(header.ToJsonString(), $"{{\"x\":{new string('[', 100)}{new string(']', 100)}}}", Rs256);
            case "alg none": return TestIssuer.Sign("""{"alg":"none","kid":"k1"}""", claims.ToJsonString(), _ => [1]);
            case "alg None": return TestIssuer.Sign("""{"alg":"None","kid":"k1"}""", claims.ToJsonString(), _ => [1]);
            case "alg missing": return TestIssuer.Sign("""{"kid":"k1"}""", claims.ToJsonString(), Rs256);
            case "HS256 with the public key": return TestIssuer.Sign("""{"alg":"HS256","typ":"JWT","kid":"k1"}""", claims.ToJsonString(), Hmac);
            case "HS256 that says RS256": return TestIssuer.Sign(header.ToJsonString(), claims.ToJsonString(), Hmac);
            case "RS512": return TestIssuer.Sign("""{"alg":"RS512","kid":"k1"}""", claims.ToJsonString(), data => _issuer.Keys["k1"].SignData(data, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
            case "PS256": return TestIssuer.Sign("""{"alg":"PS256","kid":"k1"}""", claims.ToJsonString(), data => _issuer.Keys["k1"].SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
            case "RS512 that says RS256": return TestIssuer.Sign(header.ToJsonString(), claims.ToJsonString(), data => _issuer.Keys["k1"].SignData(data, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
            case "typ at+jwt": return Under("typ", "at+jwt");
            case "crit": return Under("crit", new JsonArray("x"));
            case "kid missing":
                header.Remove("kid");
                return _issuer.Token(claims, header);
            case "kid a number": return Under("kid", 1);
            case "kid unknown": return Under("kid", "k9");
            case "kid of another key":
                _issuer.Keys["k2"] = TestIssuer.Other;
                return Under("kid", "k2");
            case "key in the header":
                header["jwk"] = TestIssuer.KeyOf("k1", TestIssuer.Other);
                return _issuer.Token(claims, header, TestIssuer.Other);
            case "key elsewhere":
                (header["jku"], header["x5u"], header["kid"]) = ("https://evil.example.com/jwks", "https://evil.example.com/x", "evil");
                return _issuer.Token(claims, header, TestIssuer.Other);
            case "signed by a stranger": return _issuer.Token(claims, header, TestIssuer.Other);
            case "payload exchanged":
                claims["repository_id"] = "1";
                return $"{parts[0]}.{TestIssuer.Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}.{parts[2]}";
            case "signature cut": return good[..^10];
            case "short key":
                _issuer.Keys["weak"] = TestIssuer.Weak;
                header["kid"] = "weak";
                return _issuer.Token(claims, header, TestIssuer.Weak);
            case "foreign issuer": return With("iss", "https://evil.example.com");
            case "issuer with a slash": return With("iss", TestIssuer.GitHub + "/");
            case "issuer of an enterprise": return With("iss", TestIssuer.GitHub + "/octo");
            case "issuer missing": return Without("iss");
            case "default audience": return With("aud", "https://github.com/my-org");
            case "audience with a slash": return With("aud", TestIssuer.Audience + "/");
            case "audience a list with ours": return With("aud", new JsonArray(TestIssuer.Audience, "https://other.example.com"));
            case "audience missing": return Without("aud");
            case "expired":
                (claims["iat"], claims["nbf"], claims["exp"]) = (now - 400, now - 1000, now - 100);
                return _issuer.Token(claims);
            case "not yet valid": return With("nbf", now + 100);
            case "issued in the future":
                (claims["iat"], claims["exp"]) = (now + 86400, now + 86700);
                return _issuer.Token(claims);
            case "lives too long": return With("exp", now + 86400);
            case "exp missing": return Without("exp");
            case "iat missing": return Without("iat");
            case "exp a text": return With("exp", $"{now + 300}");
            case "exp a fraction": return With("exp", now + 300.5);
            case "exp beyond the calendar": return With("exp", 9999999999999);
            case "nbf a text": return With("nbf", "soon");
            case "repository_id a number": return With("repository_id", 74);
            case "repository_id no number": return With("repository_id", "74x");
            case "repository with a path": return With("repository", "../my-org/app");
            case "run_attempt 0": return With("run_attempt", "0");
            default: return Without(what[..what.IndexOf(' ', StringComparison.Ordinal)]);
        }

        byte[] Rs256(byte[] data) => _issuer.Keys["k1"].SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    internal static V1Alpha1RunnerPool Pool(string url, string? enterprise = null, string name = "linux", params AccessRule[] rules) => new()
    {
        Metadata = { Name = name, NamespaceProperty = "ci", Uid = "uid-" + name },
        Spec = new() { GitHub = new() { Url = url }, Access = new() { EnterpriseIssuer = enterprise, Allow = [.. rules] } },
    };
}
