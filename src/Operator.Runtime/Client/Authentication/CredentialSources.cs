using System.Net.Http.Headers;
using System.Text;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Client.Authentication;

/// <summary>Chooses the source for what is configured, with the precedence that <c>kubectl</c> has.</summary>
internal static class CredentialSources
{
    public static ICredentialSource Create(KubernetesCredentials credentials, TimeProvider time) => credentials switch
    {
        { TokenFile: { } file } => new TokenFileSource(file, credentials.ClientCertificate, time),
        { Token: { } token } => new StaticCredentialSource(Credential.Bearer(token) with { ClientCertificate = credentials.ClientCertificate }),
        { Username: { } name } => new StaticCredentialSource(new(Basic(name, credentials.Password), credentials.ClientCertificate)),
        { Exec: { } plugin } => new ExecSource(plugin, credentials.ClientCertificate, time),
        _ => new StaticCredentialSource(new(null, credentials.ClientCertificate)),
    };

    private static AuthenticationHeaderValue Basic(string name, string? password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
}
