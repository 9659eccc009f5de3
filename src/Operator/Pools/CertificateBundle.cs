using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Operator.Entities.Conditions;

namespace Operator.Pools;

/// <summary>Reads certificates that machines shall trust (<c>runner.caBundle</c>). Pure.</summary>
internal static class CertificateBundle
{
    /// <summary>They are part of the user data, which has 16 KiB.</summary>
    private const int MostCharacters = 8 * 1024;

    /// <summary>The certificates in PEM, without what may be between them.</summary>
    /// <exception cref="ProviderException">There is none, one is malformed, there is something secret among them, or they are too large; the message says what to do.</exception>
    public static string Read(string pem)
    {
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw Unusable("there is a private key among the certificates, and machines would show it to jobs: remove it, and replace it");
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            var text = string.Join('\n', certificates.Select(certificate => certificate.ExportCertificatePem()));
            return certificates.Count == 0 ? throw Unusable("give at least one certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")
                : text.Length > MostCharacters ? throw Unusable($"the {certificates.Count} certificates have more than 8 KiB, which do not fit into user data: name only your own authorities, or put them into the image")
                : text;
        }
        catch (CryptographicException e)
        {
            throw new ProviderException(RunnerPoolReasons.CaBundleUnusable, "spec.runner.caBundle: a certificate is malformed; give certificates in PEM", e);
        }
        finally
        {
            foreach (var certificate in certificates)
            {
                certificate.Dispose();
            }
        }
    }

    private static ProviderException Unusable(string what) => new(RunnerPoolReasons.CaBundleUnusable, $"spec.runner.caBundle: {what}");
}
