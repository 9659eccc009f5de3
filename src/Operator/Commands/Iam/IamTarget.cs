namespace Operator.Commands.Iam;

/// <summary>The cluster and account of the policies.</summary>
internal sealed record IamTarget
{
    /// <summary>Such as <c>aws</c> or <c>aws-cn</c>, or its placeholder in a template.</summary>
    public string Partition { get; init; } = "aws";

    /// <summary>The account's id, or its placeholder in a template. A policy does not reach other accounts anyway.</summary>
    public string Account { get; init; } = "*";

    /// <summary>Only this cluster's machines; null for those of every cluster with the operator.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Name of the machines' role.</summary>
    public string RunnerRole { get; init; } = "ec2runners-runner";

    /// <summary>The operator's namespace and service account.</summary>
    public NamespacedName ServiceAccount { get; init; } = new("ec2runners-system", "ec2runners-operator");

    /// <summary>The cluster's OIDC issuer without <c>https://</c>, for IRSA; null for EKS Pod Identity.</summary>
    public string? OidcProvider { get; init; }

    /// <summary>The EKS cluster whose pods may assume the operator's role through Pod Identity; null for any in the account.</summary>
    public string? EksClusterArn { get; init; }

    /// <summary>Image parameters used by pools, as path patterns.</summary>
    public IReadOnlyList<string> ImageParameters { get; init; } = ["/aws/service/*"];

    /// <summary>Roles in other accounts used by pools (<c>assumeRoleArn</c>).</summary>
    public IReadOnlyList<string> AssumedRoles { get; init; } = [];

    /// <summary>The ARN of the KMS key that commands are encrypted with; null for the account's <c>aws/ssm</c>.</summary>
    public string? CommandKmsKey { get; init; }

    /// <summary>The name of the queue that EventBridge delivers EC2's notices to; null for none.</summary>
    public string? InterruptionQueue { get; init; }

    /// <summary>Whether pools have Auto Scaling groups.</summary>
    public bool HasAutoScalingGroups { get; init; }

    /// <summary>Whether Session Manager may open sessions on the machines.</summary>
    public bool HasSessions { get; init; }

    /// <summary>The log group that machines send their logs to; null for none.</summary>
    public string? LogGroup { get; init; }

    /// <summary>The bucket, and the beginning of the keys after a slash, that machines send their logs to; null for none.</summary>
    public string? LogBucket { get; init; }

    /// <summary>The bucket, and the beginning of the keys after a slash, that machines fill their folder of jobs from; null for none.</summary>
    public string? WarmUpBucket { get; init; }

    /// <summary>Whether templates have the VPC endpoints, too.</summary>
    public bool HasVpcEndpoints { get; init; }

    public string Arn(string service, string resource) => $"arn:{Partition}:{service}:*:{Account}:{resource}";

    public string Role(string name) => $"arn:{Partition}:iam::{Account}:role/{name}";
}
