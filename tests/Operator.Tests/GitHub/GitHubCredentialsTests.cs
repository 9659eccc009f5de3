using System.Security.Cryptography;
using System.Text;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub;

public sealed class GitHubCredentialsTests
{
    [Theory]
    [InlineData("12345")]
    [InlineData("Iv1.8a61f9b3a7aba766")]
    [InlineData("Iv23liAbCdEf")]
    public void TryParse_AnApp_ReadsAllThree(string appId)
    {
        var app = Assert.IsType<GitHubCredentials.App>(Read(App(appId, "77", StubGitHub.Pem)));

        Assert.Equal((appId, 77L), (app.AppId, app.InstallationId));
    }

    [Fact]
    public void TryParse_KeyInAnyUsualForm_CanSign()
    {
        using var rsa = RSA.Create(2048);
        string[] forms =
        [
            rsa.ExportRSAPrivateKeyPem(),
            rsa.ExportPkcs8PrivateKeyPem(),
            rsa.ExportRSAPrivateKeyPem().ReplaceLineEndings("\\n"),
            rsa.ExportPkcs8PrivateKeyPem().ReplaceLineEndings("\r\n") + "\r\n\r\n",
        ];

        foreach (var form in forms)
        {
            var app = Assert.IsType<GitHubCredentials.App>(Read(App("1", "2", form)));
            Assert.Equal(3, GitHubAppJwt.Create(app, DateTimeOffset.UnixEpoch).Split('.').Length);
        }
    }

    [Fact]
    public void TryParse_Token_IsTrimmed()
    {
        var token = Assert.IsType<GitHubCredentials.Token>(Read(new() { ["github_token"] = "ghp_abc\n" }));

        Assert.Equal("ghp_abc", token.Value);
    }

    [Fact]
    public void TryParse_ForeignKeysBeside_AreIgnored() =>
        Assert.IsType<GitHubCredentials.Token>(Read(new() { ["github_token"] = "ghp_abc", ["github_webhook_secret"] = "x" }));

    public static TheoryData<Dictionary<string, string>, string> BadSecrets => new()
    {
        { [], "contains no credentials: add github_token, or github_app_id" },
        { new() { ["token"] = "x" }, "contains no credentials" },
        { new() { ["github_token"] = " " }, "github_token is empty" },
        { new() { ["github_token"] = "two words" }, "github_token contains characters" },
        { new() { ["github_token"] = "x", ["github_app_id"] = "1" }, "keep one kind" },
        { new() { ["github_app_id"] = "1" }, "lacks github_app_installation_id and github_app_private_key" },
        { App("", "2", "x"), "lacks github_app_id:" },
        { App("my-app", "2", "x"), "github_app_id must be the App's number or its client id" },
        { App("1", "my-installation", "x"), "github_app_installation_id must be a number" },
        { App("1", "-2", "x"), "github_app_installation_id must be a number" },
        { App("1", "2", "c2VjcmV0"), "github_app_private_key is not PEM" },
        { App("1", "2", Convert.ToBase64String(Encoding.UTF8.GetBytes(StubGitHub.Pem))), "encoded twice" },
        { App("1", "2", StubGitHub.Pem[..400]), "github_app_private_key is not a complete RSA key" },
        { App("1", "2", "-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----"), "not a private key" },
        { App("1", "2", EllipticKey()), "not a complete RSA key" },
        { App("1", "2", LockedKey()), "passphrase" },
    };

    [Theory]
    [MemberData(nameof(BadSecrets))]
    public void TryParse_ASecretThatCannotBeUsed_NamesTheKeyAndTheRemedy(Dictionary<string, string> secret, string expected)
    {
        Assert.False(GitHubCredentials.TryParse(Bytes(secret), out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("MII", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_Never_ShowsASecret()
    {
        var scope = new Operator.GitHub.GitHubScope(StubGitHub.Organization, StubGitHub.PersonalToken, "default");

        Assert.DoesNotContain(StubGitHub.Token, scope.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("MII", StubGitHub.AppOf(StubGitHub.Pem).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("jit", new GitHubJitConfig { EncodedJitConfig = "jit" }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "jit", new Operator.Forges.NewRunner(1, "r", "jit").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ghs", new GitHubInstallationToken("ghs", default).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Equals_SameContent_IsOneCredential()
    {
        Assert.Equal(new GitHubCredentials.Token("a"), new GitHubCredentials.Token("a"));
        Assert.NotEqual(new GitHubCredentials.Token("a"), new GitHubCredentials.Token("b"));
        Assert.NotEqual<GitHubCredentials>(new GitHubCredentials.App("1", 2, "k"), new GitHubCredentials.App("1", 3, "k"));
    }

    [Fact]
    public void Jwt_OfAnApp_IsSignedAndShortLived()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        using var rsa = RSA.Create();
        rsa.ImportFromPem(StubGitHub.Pem);

        var parts = GitHubAppJwt.Create(new GitHubCredentials.App("Iv1.abc", 2, StubGitHub.Pem), now).Split('.');

        var claims = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal("""{"iat":1799999940,"exp":1800000480,"iss":"Iv1.abc"}""", claims);
        Assert.True(rsa.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
            System.Buffers.Text.Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1));
    }

    private static GitHubCredentials Read(Dictionary<string, string> secret) =>
        GitHubCredentials.TryParse(Bytes(secret), out var credentials, out var problem)
            ? credentials
            : throw new ArgumentException(problem, nameof(secret));

    private static Dictionary<string, byte[]> Bytes(Dictionary<string, string> secret) =>
        secret.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value));

    private static Dictionary<string, string> App(string id, string installation, string key) => new()
    {
        ["github_app_id"] = id,
        ["github_app_installation_id"] = installation,
        ["github_app_private_key"] = key,
    };

    private static string EllipticKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static string LockedKey()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000));
    }
}
