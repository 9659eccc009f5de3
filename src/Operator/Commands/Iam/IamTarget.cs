namespace Operator.Commands.Iam;

/// <summary>For which cluster, and in which account.</summary>
internal sealed record IamTarget
{
    /// <summary>Such as <c>aws</c> or <c>aws-cn</c>; or what stands for it in a template.</summary>
    public string Partition { get; init; } = "aws";

    /// <summary>The account's number, or what stands for it in a template. A policy reaches no other account anyway.</summary>
    public string Account { get; init; } = "*";

    /// <summary>Only this cluster's machines; null means those of every cluster that runs the operator.</summary>
    public string? ClusterId { get; init; }

    /// <summary>The role of the machines, by name.</summary>
    public string RunnerRole { get; init; } = "ec2runners-runner";

    /// <summary>The operator's namespace and service account.</summary>
    public NamespacedName ServiceAccount { get; init; } = new("ec2runners-system", "ec2runners-operator");

    /// <summary>The cluster's OIDC issuer without <c>https://</c>, for IRSA; null means EKS Pod Identity.</summary>
    public string? OidcProvider { get; init; }

    /// <summary>The EKS cluster whose pods take on the operator's role by Pod Identity; null means any of the account.</summary>
    public string? EksClusterArn { get; init; }

    /// <summary>Public or own image parameters that pools name, as path patterns.</summary>
    public IReadOnlyList<string> ImageParameters { get; init; } = ["/aws/service/*"];

    /// <summary>Roles in other accounts that pools name (<c>assumeRoleArn</c>).</summary>
    public IReadOnlyList<string> AssumedRoles { get; init; } = [];

    /// <summary>The ARN of the KMS key that instance commands are encrypted with; null means the account's <c>aws/ssm</c>.</summary>
    public string? CommandKmsKey { get; init; }

    /// <summary>The name of the queue that EventBridge puts EC2's announcements in; null for none.</summary>
    public string? InterruptionQueue { get; init; }

    public string Arn(string service, string resource) => $"arn:{Partition}:{service}:*:{Account}:{resource}";

    public string Role(string name) => $"arn:{Partition}:iam::{Account}:role/{name}";
}
