using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Client.Authentication;

/// <summary>Asks a credential plugin, one question at a time, and keeps the answer until it expires or is refused.</summary>
internal sealed class ExecSource(ExecPlugin plugin, X509Certificate2? clientCertificate, TimeProvider time) : ICredentialSource, IDisposable
{
    // A request takes a moment to arrive; a token about to expire is no longer good.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _asking = new(1);
    private volatile Answer? _answer;

    public async ValueTask<Credential> GetAsync(CancellationToken cancellationToken)
    {
        if (Current() is { } ready)
        {
            return ready;
        }

        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (Current() is { } meanwhile)
            {
                return meanwhile;
            }

            var status = await ExecProcess.AskAsync(plugin, time, cancellationToken);
            _answer = new(ToCredential(status), status.ExpirationTimestamp);
            return _answer.Credential;
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Reject(Credential credential)
    {
        if (_answer is { } answer && ReferenceEquals(answer.Credential, credential))
        {
            _answer = null;
        }
    }

    public void Dispose() => _asking.Dispose();

    private Credential? Current() =>
        _answer is { } answer && (answer.Expires is not { } expires || time.GetUtcNow() + Margin < expires) ? answer.Credential : null;

    private Credential ToCredential(ExecCredentialStatus status)
    {
        var certificate = status is { ClientCertificateData: { } pem, ClientKeyData: { } key }
            ? Certificates.LoadClientCertificate(pem, key, $"the credential plugin '{plugin.Command}'")
            : clientCertificate;
        var token = status.Token is { Length: > 0 } value ? new AuthenticationHeaderValue("Bearer", value) : null;
        return new(token, certificate);
    }

    private sealed record Answer(Credential Credential, DateTimeOffset? Expires);
}
