using System.Text.Json.Nodes;

namespace Operator.Commands.Iam;

/// <summary>
/// The permissions of the operator, the machines and AWS itself, and no more: machines and templates are created only with the cluster's
/// tag, and only resources with it are changed or deleted.
/// </summary>
internal static class IamPolicies
{
    private const string ClusterTag = Tags.Cluster;

    /// <summary>The operator's permissions.</summary>
    public static IEnumerable<IamStatement> Operator(IamTarget target)
    {
        string[] Ec2(params string[] kinds) => [.. kinds.Select(kind => target.Arn("ec2", $"{kind}/*"))];
        yield return new("Describe",
            [
                "ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplates", "ec2:DescribeSecurityGroups", "ec2:DescribeSpotInstanceRequests", "ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets",
                "ssm:DescribeInstanceInformation", "ssm:GetCommandInvocation", "ssm:ListCommands",
            ],
            ["*"]);

        // Images, subnets and so on belong to others, so they need no tag.
        yield return new("LaunchFrom", ["ec2:CreateFleet", "ec2:RunInstances"],
            [
                $"arn:{target.Partition}:ec2:*::image/*", $"arn:{target.Partition}:ec2:*::snapshot/*",
                .. Ec2("image", "snapshot", "subnet", "security-group", "key-pair", "placement-group", "spot-instances-request", "capacity-reservation"),
            ]);
        yield return new("LaunchByOwnTemplates", ["ec2:CreateFleet", "ec2:RunInstances"], Ec2("launch-template"), Owned(target, "aws:ResourceTag"));
        yield return new("LaunchTagged", ["ec2:CreateFleet", "ec2:RunInstances"],
            Ec2("fleet", "instance", "volume", "network-interface"), Owned(target, "aws:RequestTag"));
        yield return new("MakeTemplatesTagged", ["ec2:CreateLaunchTemplate"], Ec2("launch-template"), Owned(target, "aws:RequestTag"));
        yield return new("TagWhatIsMade", ["ec2:CreateTags"],
            Ec2("fleet", "instance", "volume", "network-interface", "launch-template"),
            Both(Owned(target, "aws:RequestTag"), Condition("StringEquals", "ec2:CreateAction", "CreateFleet", "RunInstances", "CreateLaunchTemplate")));
        yield return new("ChangeWakeUpTag", ["ec2:CreateTags"], Ec2("instance"),
            Both(Owned(target, "aws:ResourceTag"), Condition("ForAllValues:StringEquals", "aws:TagKeys", Tags.WakeUp)));
        yield return new("EndOwnMachines", ["ec2:TerminateInstances", "ec2:GetConsoleOutput"], Ec2("instance"), Owned(target, "aws:ResourceTag"));
        yield return new("StopAndStartOwnMachines", ["ec2:StopInstances", "ec2:StartInstances"], Ec2("instance"), Owned(target, "aws:ResourceTag"));
        yield return new("RunHostScripts", ["ssm:SendCommand"], [$"arn:{target.Partition}:ssm:*::document/AWS-RunShellScript"]);
        yield return new("RunHostScriptsOnOwnMachines", ["ssm:SendCommand"], Ec2("instance"), Owned(target, "aws:ResourceTag"));
        yield return new("DeleteOwnTemplates", ["ec2:DeleteLaunchTemplate"], Ec2("launch-template"), Owned(target, "aws:ResourceTag"));
        yield return new("WriteCommands",
            ["ssm:PutParameter", "ssm:AddTagsToResource", "ssm:GetParameter", "ssm:DeleteParameter"], [target.Arn("ssm", Mailbox(target, "/*"))]);
        if (target.CommandKmsKey is { } key)
        {
            yield return new("EncryptCommands", ["kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt"], [key], OnlyBySystemsManager(target));
        }

        yield return new("ListMail", ["ssm:GetParametersByPath"], [target.Arn("ssm", Mailbox(target, "")), target.Arn("ssm", Mailbox(target, "/*"))]);
        yield return new("ReadImageParameters", ["ssm:GetParameter"], [.. target.ImageParameters.SelectMany(path => ParameterArns(target, path))]);
        yield return new("PassTheRunnersRole", ["iam:PassRole"], [target.Role(target.RunnerRole)],
            Condition("StringEquals", "iam:PassedToService", "ec2.amazonaws.com", "ec2.amazonaws.com.cn"));
        yield return new("MakeTheSpotRole", ["iam:CreateServiceLinkedRole"],
            [target.Role("aws-service-role/spot.amazonaws.com/*")], Condition("StringEquals", "iam:AWSServiceName", "spot.amazonaws.com"));
        foreach (var statement in target.HasAutoScalingGroups ? GroupStatements.Of(target) : [])
        {
            yield return statement;
        }

        if (target.InterruptionQueue is { } queue)
        {
            yield return new("ReadInterruptionQueue", ["sqs:ReceiveMessage", "sqs:DeleteMessage"], [target.Arn("sqs", queue)]);
        }

        if (target.AssumedRoles.Count > 0)
        {
            yield return new("ReachOtherAccounts", ["sts:AssumeRole"], target.AssumedRoles);
        }
    }

    /// <summary>A machine's permissions: to read and delete the commands in its own mailbox.</summary>
    public static IEnumerable<IamStatement> Runner(IamTarget target)
    {
        yield return new("ReadOwnMail", ["ssm:GetParameter", "ssm:DeleteParameter"], [target.Arn("ssm", Mailbox(target, "/*"))],
            Condition("StringLike", "ec2:SourceInstanceARN", target.Arn("ec2", "instance/${aws:ResourceTag/InstanceId}")));

        // What a machine says of its own interruption; no other tag, and no other machine's.
        yield return new("TagInterruption", ["ec2:CreateTags"], [target.Arn("ec2", "instance/*")],
            Both(
                Condition("ForAllValues:StringEquals", "aws:TagKeys", Tags.Interruption),
                Condition("StringLike", "ec2:SourceInstanceARN", target.Arn("ec2", "instance/${ec2:InstanceID}"))));

        // AmazonSSMManagedInstanceCore and similar policies allow reading every parameter: jobs must not read other machines' commands if
        // such a policy is attached.
        yield return new("NoForeignCommands", ["ssm:GetParameter", "ssm:DeleteParameter"], [target.Arn("ssm", Mailbox(target with { ClusterId = null }, "/*"))],
            Condition("StringNotLike", "ec2:SourceInstanceARN", target.Arn("ec2", "instance/${aws:ResourceTag/InstanceId}")))
        {
            Denies = true,
        };
        yield return new("DenyListingCommands",
            ["ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory", "ssm:DeleteParameters", "ssm:PutParameter"],
            [target.Arn("ssm", "parameter/ec2runners"), target.Arn("ssm", "parameter/ec2runners/*")])
        {
            Denies = true,
        };
        if (target.CommandKmsKey is { } key)
        {
            yield return new("DecryptCommands", ["kms:Decrypt"], [key], OnlyBySystemsManager(target));
        }

        // Not AmazonSSMManagedInstanceCore, which also reads every parameter.
        if (target.HasSessions)
        {
            yield return new("OpenSessions",
                [
                    "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
                ],
                ["*"]);
        }

        if (target.LogGroup is { } group)
        {
            yield return new("SendLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [target.Arn("logs", $"log-group:{group}:*")]);
        }

        if (target.LogBucket is { } bucket)
        {
            yield return new("StoreLogs", ["s3:PutObject"], [$"arn:{target.Partition}:s3:::{(bucket.Contains('/') ? bucket : bucket + "/")}*"]);
        }

        if (target.WarmUpBucket is { } source)
        {
            var (name, prefix) = source.Split('/', 2) is [var first, var rest] ? (first, rest) : (source, "");
            yield return new("WarmUp", ["s3:GetObject"], [$"arn:{target.Partition}:s3:::{name}/{prefix}*"]);
            yield return new("ListWarmUp", ["s3:ListBucket"], [$"arn:{target.Partition}:s3:::{name}"], Condition("StringLike", "s3:prefix", prefix + "*"));
        }
    }

    /// <summary>Who may assume a role named in pools: the operator, restricted to one cluster's by an external id.</summary>
    public static IamStatement AssumedTrust(IamTarget target) =>
        new("Operator", ["sts:AssumeRole"], [], target.ClusterId is { } cluster ? Condition("StringEquals", "sts:ExternalId", cluster) : null)
        {
            Principal = new() { ["AWS"] = target.Role("ec2runners-operator") },
        };

    // The key decrypts commands for Parameter Store only.
    private static JsonObject OnlyBySystemsManager(IamTarget target) => Condition("StringLike", "kms:ViaService", $"ssm.*.{(target.Partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com")}");

    /// <summary>Who may assume the operator's role: its service account, through IRSA or EKS Pod Identity.</summary>
    public static IamStatement OperatorTrust(IamTarget target) => target.OidcProvider is not { } issuer
        ? new("PodIdentity", ["sts:AssumeRole", "sts:TagSession"], [],
            new JsonObject { ["StringEquals"] = PodIdentityTags(target) })
        {
            Principal = new() { ["Service"] = "pods.eks.amazonaws.com" },
        }
        : new("WebIdentity", ["sts:AssumeRoleWithWebIdentity"], [],
            new JsonObject
            {
                ["StringEquals"] = new JsonObject
                {
                    [$"{issuer}:aud"] = "sts.amazonaws.com",
                    [$"{issuer}:sub"] = $"system:serviceaccount:{target.ServiceAccount.Namespace}:{target.ServiceAccount.Name}",
                },
            })
        {
            Principal = new() { ["Federated"] = $"arn:{target.Partition}:iam::{target.Account}:oidc-provider/{issuer}" },
        };

    // Every cluster in the account may have a service account with the same name.
    private static JsonObject PodIdentityTags(IamTarget target)
    {
        var tags = new JsonObject
        {
            ["aws:RequestTag/kubernetes-namespace"] = target.ServiceAccount.Namespace,
            ["aws:RequestTag/kubernetes-service-account"] = target.ServiceAccount.Name,
        };
        if (target.EksClusterArn is { } cluster)
        {
            tags["aws:RequestTag/eks-cluster-arn"] = cluster;
        }

        return tags;
    }

    /// <summary>What may be sent to the interruption queue: only events of its rules, and nothing unencrypted.</summary>
    /// <param name="queue">The queue's ARN.</param>
    /// <param name="rules">The ARNs of the rules.</param>
    public static IReadOnlyList<IamStatement> InterruptionQueue(string queue, params string[] rules) =>
    [
        new("Events", ["sqs:SendMessage"], [queue], Condition("ArnEquals", "aws:SourceArn", rules)) { Principal = new() { ["Service"] = "events.amazonaws.com" } },
        new("EncryptedOnly", ["sqs:*"], [queue], Condition("Bool", "aws:SecureTransport", "false")) { Principal = new() { ["AWS"] = "*" }, Denies = true },
    ];

    /// <summary>Who may assume the machines' role.</summary>
    public static IamStatement RunnerTrust { get; } =
        new("Machines", ["sts:AssumeRole"], []) { Principal = new() { ["Service"] = "ec2.amazonaws.com" } };

    private static string Mailbox(IamTarget target, string rest) => $"parameter/ec2runners/{target.ClusterId ?? "*"}/mailbox{rest}";

    // Public parameters have no account in their ARN.
    private static IEnumerable<string> ParameterArns(IamTarget target, string path) =>
        path.StartsWith("/aws/", StringComparison.Ordinal)
            ? [$"arn:{target.Partition}:ssm:*::parameter{path}"]
            : [target.Arn("ssm", $"parameter{path}")];

    internal static JsonObject Owned(IamTarget target, string key) => target.ClusterId is { } cluster
        ? Condition("StringEquals", $"{key}/{ClusterTag}", cluster)
        : Condition("StringLike", $"{key}/{ClusterTag}", "*");

    internal static JsonObject Condition(string comparison, string key, params string[] values) => new()
    {
        [comparison] = new JsonObject { [key] = values is [var single] ? single : new JsonArray([.. values.Select(value => (JsonNode)value)]) },
    };

    private static JsonObject Both(JsonObject left, JsonObject right)
    {
        var both = (JsonObject)left.DeepClone();
        foreach (var (comparison, keys) in right)
        {
            var target = both[comparison] as JsonObject ?? (JsonObject)(both[comparison] = new JsonObject());
            foreach (var (key, values) in keys!.AsObject())
            {
                target[key] = values!.DeepClone();
            }
        }

        return both;
    }
}
