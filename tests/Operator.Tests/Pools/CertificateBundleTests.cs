using System.Security.Cryptography.X509Certificates;
using Operator.Common;
using Operator.Pools;

namespace Operator.Tests.Pools;

/// <summary>Certificates that machines shall trust, on their way into user data.</summary>
public sealed class CertificateBundleTests : IDisposable
{
    private readonly PrivateAuthority _authority = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public void Comments_AreLeftOut() =>
        Assert.Equal($"{_authority.Pem}\n{_authority.Pem}", CertificateBundle.Read($"# Company CA\n{_authority.Pem}\r\n\n# again\n{_authority.Pem}\n"));

    [Fact]
    public void PrivateKey_IsRefused()
    {
        using var server = _authority.Issue("a.example");
        using var key = server.GetECDsaPrivateKey()!;

        Assert.Contains("private key", Refusal($"{_authority.Pem}\n{key.ExportPkcs8PrivateKeyPem().Replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", StringComparison.Ordinal)}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "at least one certificate")]
    [InlineData("company.pem", "at least one certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "malformed")]
    public void NoCertificate_IsRefused(string pem, string why) => Assert.Contains(why, Refusal(pem), StringComparison.Ordinal);

    [Fact]
    public void AllOfTheWorld_IsRefused() => Assert.Contains("20 certificates have more than 8 KiB", Refusal(string.Join('\n', Enumerable.Repeat(_authority.Pem, 20))), StringComparison.Ordinal);

    public void Dispose() => _authority.Dispose();

    private static string Refusal(string pem)
    {
        var refused = Assert.Throws<ProviderException>(() => CertificateBundle.Read(pem));
        Assert.Equal("CaBundleUnusable", refused.Reason);
        return refused.Message;
    }
}
