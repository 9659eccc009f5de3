using System.Security.Cryptography.X509Certificates;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Client.Authentication;

/// <summary>
/// A token that the kubelet or somebody else rotates in its file, well before it expires; so a look each minute is often
/// enough, and a refused token is looked up anew at once.
/// </summary>
internal sealed class TokenFileSource(string path, X509Certificate2? clientCertificate, TimeProvider time) : ICredentialSource
{
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Credential? _credential;
    private long _readAt;
    private bool _rejected;

    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_credential is null || _rejected || time.GetElapsedTime(_readAt) >= Freshness)
            {
                _credential = Read();
                _readAt = time.GetTimestamp();
                _rejected = false;
            }

            return ValueTask.FromResult(_credential);
        }
    }

    public void Reject(Credential credential)
    {
        lock (_lock)
        {
            _rejected |= ReferenceEquals(credential, _credential);
        }
    }

    private Credential Read()
    {
        try
        {
            var token = File.ReadAllText(path).Trim();
            if (token.Length > 0)
            {
                return _credential?.Authorization?.Parameter == token
                    ? _credential
                    : Credential.Bearer(token) with { ClientCertificate = clientCertificate };
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return _credential ?? throw new KubernetesConfigurationException($"The token file {path} cannot be read: {e.Message}", e);
        }

        // Caught in the middle of a rotation: the token before is still good.
        return _credential ?? throw new KubernetesConfigurationException($"The token file {path} is empty.");
    }
}
