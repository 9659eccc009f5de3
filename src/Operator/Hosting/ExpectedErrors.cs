using System.Net.Sockets;
using System.Security.Cryptography;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.GitHub.Rest;
using Operator.Runtime.Client.Configuration;

namespace Operator.Hosting;

/// <summary>Failures caused by the environment, reported in a sentence; anything else is a bug and shows its stack trace.</summary>
internal static class ExpectedErrors
{
    /// <summary>What is wrong and what to do; null for a bug.</summary>
    public static string? TextOf(Exception exception) => exception switch
    {
        CommandException or KubernetesConfigurationException => exception.Message,
        ProviderException e => $"{e.Reason}: {e.Message}",
        AwsException e => TextOf(AwsFailures.Translate(e, e.Service)),
        GitHubApiException e => $"{e.Reason}: {e.Message}; {e.Remedy}",
        KubernetesApiException { IsForbidden: true } e => $"{e.Message}; apply the roles of this version: operator rbac | kubectl apply -f -",
        KubernetesApiException { IsUnauthorized: true } e => $"the credentials are refused ({e.Message}); log in again, or use another --kubeconfig or --context",
        KubernetesApiException e => e.Message,
        HttpRequestException or TimeoutException or SocketException =>
            $"no answer: {exception.GetBaseException().Message}; check address, DNS, proxy and network policies",
        IOException or UnauthorizedAccessException or CryptographicException => exception.GetBaseException().Message,
        _ => null,
    };
}

/// <summary>A command cannot do what was requested.</summary>
/// <param name="message">What is wrong, and what to change.</param>
internal class CommandException(string message) : Exception(message);
