using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Operator.Runtime.Client.Authentication;

/// <summary>What makes a request known to the API server at one time.</summary>
internal sealed record Credential(AuthenticationHeaderValue? Authorization, X509Certificate2? ClientCertificate)
{
    public static Credential Bearer(string token) => new(new("Bearer", token), null);
}

/// <summary>Has a credential at hand, and makes a new one when it is used up.</summary>
internal interface ICredentialSource
{
    ValueTask<Credential> GetAsync(CancellationToken cancellationToken);

    /// <summary>The server did not accept this one; do not hand it out again if another can be had.</summary>
    void Reject(Credential credential);
}

/// <summary>A credential that never changes.</summary>
internal sealed class StaticCredentialSource(Credential credential) : ICredentialSource
{
    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(credential);

    public void Reject(Credential credential)
    {
    }
}
