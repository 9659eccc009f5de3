using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Operator.Tests.Shared;

/// <summary>An authority of a company's own, which no system trusts.</summary>
internal sealed class PrivateAuthority : IDisposable
{
    private readonly DateTimeOffset _now;
    private readonly X509Certificate2 _root;

    /// <summary>Makes one.</summary>
    /// <param name="now">When.</param>
    public PrivateAuthority(DateTimeOffset now)
    {
        _now = now;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Company CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _root = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }

    /// <summary>Its certificate in PEM.</summary>
    public string Pem => _root.ExportCertificatePem();

    /// <summary>A certificate for servers.</summary>
    /// <param name="names">Their names; the first characters may be <c>*.</c>.</param>
    public X509Certificate2 Issue(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + names[0], key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        using var issued = request.Create(_root, _now.AddHours(-1), _now.AddDays(29), [1, 2, 3, 4]);
        using var whole = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    public void Dispose() => _root.Dispose();
}
