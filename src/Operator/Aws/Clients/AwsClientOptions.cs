using Amazon.Runtime;

namespace Operator.Aws.Clients;

/// <summary>
/// How to reach AWS. Null values are resolved as by every AWS SDK: environment (<c>AWS_REGION</c>, <c>AWS_ENDPOINT_URL_EC2</c>,
/// <c>AWS_MAX_ATTEMPTS</c>, …), web identity (IRSA), EKS Pod Identity, profile (including SSO), instance profile.
/// </summary>
internal sealed record AwsClientOptions
{
    /// <summary>The region of accounts without one.</summary>
    public string? Region { get; init; }

    /// <summary>Overrides EC2's endpoint.</summary>
    public Uri? Ec2Endpoint { get; init; }

    /// <summary>Overrides Systems Manager's endpoint.</summary>
    public Uri? SsmEndpoint { get; init; }

    /// <summary>Overrides Auto Scaling's endpoint.</summary>
    public Uri? AutoScalingEndpoint { get; init; }

    /// <summary>Overrides the Simple Queue Service's endpoint.</summary>
    public Uri? SqsEndpoint { get; init; }

    /// <summary>Overrides the Security Token Service's endpoint.</summary>
    public Uri? StsEndpoint { get; init; }

    /// <summary>Overrides the credentials from the environment.</summary>
    public AWSCredentials? Credentials { get; init; }

    /// <summary>
    /// Number of retries after a transient failure, never after throttling, with a jittered delay on the real clock; 0 where tests drive
    /// the clock. Null: from the environment, otherwise 2.
    /// </summary>
    public int? MaxErrorRetry { get; init; }

    /// <summary>The clock for the expiration of a role's credentials.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The external id sent when assuming a role: the cluster's id. Null for none.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Time-out of one attempt.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Receives refused calls with the service's full message, which the exception's message omits.</summary>
    public Action<string, string>? Refused { get; init; }

    /// <summary>Wraps or replaces the handler of every HTTP request, to count, delay or break requests.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? WrapHandler { get; init; }
}
