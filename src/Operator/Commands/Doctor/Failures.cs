using Operator.Aws;
using Operator.Aws.Clients;
using Operator.GitHub.Rest;

namespace Operator.Commands.Doctor;

/// <summary>What a failed call means to the reader of a report.</summary>
internal static class Failures
{
    /// <summary>What is wrong and what to do; null for what is the program's own fault.</summary>
    public static string? TextOf(Exception exception) => exception switch
    {
        ProviderException e => $"{e.Reason}: {e.Message}",
        AwsException e => TextOf(AwsFailures.Of(e, e.Service)),
        GitHubApiException e => $"{e.Reason}: {e.Message}; {e.Remedy}",
        KubernetesApiException { IsForbidden: true } e => $"{e.Message}; apply the roles of this version: operator rbac | kubectl apply -f -",
        KubernetesApiException e => e.Message,
        HttpRequestException or TimeoutException or IOException => $"no answer: {exception.GetBaseException().Message}; check address, DNS, proxy and network policies",
        _ => null,
    };
}
