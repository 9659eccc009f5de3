using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Operator.Runtime.Client.Configuration;

/// <summary>Reads certificates, and says which setting was wrong when it cannot.</summary>
internal static class Certificates
{
    /// <param name="pem">One certificate or several.</param>
    /// <param name="source">Where it comes from, for the message.</param>
    public static X509Certificate2Collection LoadAuthorities(string pem, string source)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new KubernetesConfigurationException($"The certificate authority in {source} is not valid PEM.", e);
        }

        return authorities.Count > 0
            ? authorities
            : throw new KubernetesConfigurationException($"The certificate authority in {source} holds no certificate.");
    }

    /// <param name="certificatePem">The certificate.</param>
    /// <param name="keyPem">Its private key.</param>
    /// <param name="source">Where they come from, for the message.</param>
    public static X509Certificate2 LoadClientCertificate(string certificatePem, string keyPem, string source)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            // TLS on Windows cannot use a key that lives in memory only.
            return OperatingSystem.IsWindows()
                ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null)
                : certificate;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new KubernetesConfigurationException($"The client certificate and key of {source} are not valid PEM, or do not fit each other.", e);
        }
    }
}
