using Amazon.Runtime;

namespace Operator.Aws.Clients;

/// <summary>
/// How AWS is reached. What is null is found as every AWS SDK finds it: environment (<c>AWS_REGION</c>,
/// <c>AWS_ENDPOINT_URL_EC2</c>, <c>AWS_MAX_ATTEMPTS</c>, …), web identity (IRSA), EKS Pod Identity, profile (SSO too), instance profile.
/// </summary>
internal sealed record AwsClientOptions
{
    /// <summary>The region of accounts that name none.</summary>
    public string? Region { get; init; }

    /// <summary>Instead of EC2's own endpoint.</summary>
    public Uri? Ec2Endpoint { get; init; }

    /// <summary>Instead of Systems Manager's own endpoint.</summary>
    public Uri? SsmEndpoint { get; init; }

    /// <summary>Instead of the Simple Queue Service's own endpoint.</summary>
    public Uri? SqsEndpoint { get; init; }

    /// <summary>Instead of the Security Token Service's own endpoint.</summary>
    public Uri? StsEndpoint { get; init; }

    /// <summary>Instead of what the environment offers.</summary>
    public AWSCredentials? Credentials { get; init; }

    /// <summary>
    /// How often a call that failed in passing is tried again (a throttled one never is), after a jittered wait on the real clock; 0 where tests drive the clock.
    /// Null: the environment's, else 2.
    /// </summary>
    public int? MaxErrorRetry { get; init; }

    /// <summary>Says when a role's credentials end.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Sent when a role is assumed: the cluster's id. Null means none.</summary>
    public string? ExternalId { get; init; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Receives refused calls with the service's full message, which the exception's message omits.</summary>
    public Action<string, string>? Refused { get; init; }

    /// <summary>Wraps or replaces the handler of every HTTP request, to count, delay or break requests.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? WrapHandler { get; init; }
}
