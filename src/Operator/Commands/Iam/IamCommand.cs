using System.CommandLine;

namespace Operator.Commands.Iam;

/// <summary><c>operator iam</c>: the AWS permissions of the operator and its machines.</summary>
internal static class IamCommand
{
    private static readonly string[] Parts = ["operator", "operatorTrust", "runner", "runnerTrust", "assumedTrust"];

    private static readonly Option<string> Format = OneOf("--format", "What to print: json, cloudformation or terraform.", "json", "cloudformation", "terraform");

    private static readonly Option<string?> Part = new("--part")
    {
        Description = $"With json, only one document: {string.Join(", ", Parts)}.",
    };

    private static readonly Option<string?> ClusterId = new Option<string?>("--cluster-id")
    {
        Description = "Only this cluster's machines: its --cluster-id, or the UID of its namespace kube-system.",
    }.MustBe(ArgumentRules.IsClusterId, "an id of 1 to 64 letters, digits, dots, hyphens and underscores");

    private static readonly Option<string> Partition =
        OneOf("--partition", "With json, where the account is: aws, aws-cn or aws-us-gov.", "aws", "aws-cn", "aws-us-gov");

    private static readonly Option<string> RunnerRole = new Option<string>("--runner-role")
    {
        Description = "Name of the machines' role and instance profile.",
        DefaultValueFactory = _ => new IamTarget().RunnerRole,
    }.MustBe(ArgumentRules.IsRoleName, "the name of a role");

    private static readonly Option<string?> OidcProvider = new Option<string?>("--oidc-provider")
    {
        Description = "The cluster's OIDC issuer, for IRSA; without it the trust policy is for EKS Pod Identity.",
    }.MustBe(text => Uri.TryCreate(text.StartsWith("https://", StringComparison.Ordinal) ? text : $"https://{text}", UriKind.Absolute, out var issuer) && issuer.Host.Contains('.'), "an issuer such as https://oidc.eks.eu-central-1.amazonaws.com/id/ABC");

    private static readonly Option<string?> EksClusterArn = new Option<string?>("--eks-cluster-arn")
    {
        Description = "The operator's EKS cluster, for EKS Pod Identity: pods of other clusters may not assume its role.",
    }.MustBe(
        text => text.StartsWith("arn:aws", StringComparison.Ordinal) && text.Contains(":eks:", StringComparison.Ordinal) && text.Contains(":cluster/", StringComparison.Ordinal),
        "the ARN of a cluster such as arn:aws:eks:eu-central-1:123456789012:cluster/ci");

    private static readonly Option<string> ServiceAccount = new Option<string>("--service-account")
    {
        Description = "The operator's service account, as namespace/name.",
        DefaultValueFactory = _ => new IamTarget().ServiceAccount.ToString(),
    }.MustBe(ArgumentRules.IsNamespacedName, "namespace/name");

    private static readonly Option<string[]> ImageParameters = new Option<string[]>("--image-parameter")
    {
        Description = "A path pattern of image parameters used by pools, such as /golden/*; repeat it for several.",
        DefaultValueFactory = _ => [.. new IamTarget().ImageParameters],
    }.MustBe(text => text.StartsWith('/'), "a path such as /golden/*");

    private static readonly Option<string[]> AssumedRoles = new Option<string[]>("--assume-role")
    {
        Description = "A role in another account that pools use as assumeRoleArn; may be repeated.",
        DefaultValueFactory = _ => [],
    }.MustBe(ArgumentRules.IsRoleArn, "the ARN of a role such as arn:aws:iam::123456789012:role/ci");

    private static readonly Option<string?> CommandKmsKey = new Option<string?>("--command-kms-key")
    {
        Description = "The ARN of the KMS key that the operator is given as --command-kms-key.",
    }.MustBe(text => text.StartsWith("arn:aws", StringComparison.Ordinal) && text.Contains(":kms:", StringComparison.Ordinal), "the ARN of a KMS key");

    private static readonly Option<string?> InterruptionQueue = new Option<string?>("--interruption-queue")
    {
        Description = "The name of a queue for EC2's spot notices: adds permission to read it and, with cloudformation and terraform, the queue, its policy and the EventBridge rules.",
    }.MustBe(text => text.Length is > 0 and <= 60 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'), "the name of a queue of at most 60 letters, digits, hyphens and underscores");

    private static readonly Option<bool> SessionManager = new("--session-manager")
    {
        Description = "Lets people who may use Session Manager open sessions on the machines.",
    };

    private static readonly Option<bool> AutoScalingGroups = new("--auto-scaling-groups")
    {
        Description = "Adds permission to make and size the Auto Scaling groups of pools with launch.backend: AutoScalingGroup.",
    };

    private static readonly Option<string?> LogGroup = new Option<string?>("--log-group")
    {
        Description = "The CloudWatch log group of pools with runner.logs.cloudWatch: lets machines write to it.",
    }.MustBe(text => text.Length is > 0 and <= 512 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '/' or '#'), "the name of a log group such as /ci/runners");

    private static readonly Option<string?> LogBucket = new Option<string?>("--log-bucket")
    {
        Description = "The bucket of pools with runner.logs.s3, and their prefix after a slash: lets machines write there.",
    }.MustBe(text => text.Length > 2 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '/') && text[0] != '/', "a bucket such as ci-logs, or ci-logs/runners/");

    private static readonly Option<string?> WarmUpBucket = new Option<string?>("--warm-up-bucket")
    {
        Description = "The bucket of pools with runner.warmUp.s3, and the beginning of their keys after a slash: lets machines read there.",
    }.MustBe(text => text.Length > 2 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '/') && text[0] != '/', "a bucket such as ci-cache, or ci-cache/app/");

    private static readonly Option<bool> HasVpcEndpoints = new("--vpc-endpoints")
    {
        Description = "With cloudformation and terraform, also the VPC endpoints for what is used, with policies: for machines without a way to the internet.",
    };

    public static Command Create()
    {
        var command = new Command("iam", "Print the AWS policies: operator iam --format cloudformation > roles.json")
        {
            Format, Part, Partition, ClusterId, RunnerRole, OidcProvider, EksClusterArn, ServiceAccount, ImageParameters, AssumedRoles, CommandKmsKey, InterruptionQueue,
            SessionManager, AutoScalingGroups, LogGroup, LogBucket, WarmUpBucket, HasVpcEndpoints,
        };
        Part.AcceptOnlyFromAmong(Parts);
        command.Validators.Add(result =>
        {
            if (result.GetResult(Part) is { Tokens: [{ Value: "assumedTrust" }] } && result.GetResult(AssumedRoles) is null or { Implicit: true })
            {
                result.AddError("--part assumedTrust needs --assume-role");
            }

            if (result.GetResult(HasVpcEndpoints) is { Implicit: false } && result.GetResult(Format) is not { Implicit: false, Tokens: [{ Value: "cloudformation" or "terraform" }, ..] })
            {
                result.AddError("--vpc-endpoints requires --format cloudformation or terraform");
            }

            if (result.GetResult(Part) is not null && result.GetResult(Format) is { Implicit: false, Tokens: [not { Value: "json" }, ..] })
            {
                result.AddError("--part requires --format json");
            }
        });
        command.SetAction(async (parsed, _) =>
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(Render(parsed, TargetOf(parsed)));
            return 0;
        });
        return command;
    }

    private static Option<string> OneOf(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static string Render(ParseResult parsed, IamTarget target) => parsed.GetValue(Format) switch
    {
        "cloudformation" => IamTemplates.CloudFormation(target),
        "terraform" => IamTemplates.Terraform(target),
        _ => parsed.GetValue(Part) is { } part ? IamTemplates.Json(target, part) : IamTemplates.Json(target),
    };

    private static IamTarget TargetOf(ParseResult parsed) => new()
    {
        Partition = parsed.GetValue(Partition)!,
        ClusterId = parsed.GetValue(ClusterId),
        RunnerRole = parsed.GetValue(RunnerRole)!,
        OidcProvider = parsed.GetValue(OidcProvider)?.Replace("https://", "", StringComparison.Ordinal).TrimEnd('/'),
        EksClusterArn = parsed.GetValue(EksClusterArn),
        ServiceAccount = NamespacedName.Parse(parsed.GetValue(ServiceAccount)!),
        ImageParameters = parsed.GetValue(ImageParameters)!,
        AssumedRoles = parsed.GetValue(AssumedRoles)!,
        CommandKmsKey = parsed.GetValue(CommandKmsKey),
        InterruptionQueue = parsed.GetValue(InterruptionQueue),
        HasSessions = parsed.GetValue(SessionManager),
        HasAutoScalingGroups = parsed.GetValue(AutoScalingGroups),
        LogGroup = parsed.GetValue(LogGroup),
        LogBucket = parsed.GetValue(LogBucket),
        WarmUpBucket = parsed.GetValue(WarmUpBucket),
        HasVpcEndpoints = parsed.GetValue(HasVpcEndpoints),
    };
}
