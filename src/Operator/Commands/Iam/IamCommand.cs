using System.CommandLine;

namespace Operator.Commands.Iam;

/// <summary><c>operator iam</c>: the AWS rights of the operator and of its machines.</summary>
internal static class IamCommand
{
    private static readonly string[] Parts = ["operator", "operatorTrust", "runner", "runnerTrust"];

    private static readonly Option<string> Format = OneOf("--format", "What to print: json, cloudformation or terraform.", "json", "cloudformation", "terraform");

    private static readonly Option<string?> Part = new("--part")
    {
        Description = $"With json, only one document: {string.Join(", ", Parts)}.",
    };

    private static readonly Option<string?> ClusterId = new("--cluster-id")
    {
        Description = "Restrict to this cluster's machines: its --cluster-id, or the UID of its namespace kube-system.",
    };

    private static readonly Option<string> Partition =
        OneOf("--partition", "With json, where the account is: aws, aws-cn or aws-us-gov.", "aws", "aws-cn", "aws-us-gov");

    private static readonly Option<string> RunnerRole = new("--runner-role")
    {
        Description = "Name of the machines' role and instance profile.",
        DefaultValueFactory = _ => new IamTarget().RunnerRole,
    };

    private static readonly Option<string?> OidcProvider = new("--oidc-provider")
    {
        Description = "The cluster's OIDC issuer, for IRSA; by default the trust policy is for EKS Pod Identity.",
    };

    private static readonly Option<string> ServiceAccount = new("--service-account")
    {
        Description = "The operator's service account, as namespace/name.",
        DefaultValueFactory = _ => new IamTarget().ServiceAccount.ToString(),
    };

    private static readonly Option<string[]> ImageParameters = new("--image-parameter")
    {
        Description = "A path pattern of image parameters used by pools, such as /golden/*; repeat it for several.",
        DefaultValueFactory = _ => [.. new IamTarget().ImageParameters],
    };

    private static readonly Option<string[]> AssumedRoles = new("--assume-role")
    {
        Description = "A role in another account that pools use as assumeRoleArn; may be repeated.",
        DefaultValueFactory = _ => [],
    };

    public static Command Create()
    {
        var command = new Command("iam", "Print the AWS policies: operator iam --format cloudformation > roles.json")
        {
            Format, Part, Partition, ClusterId, RunnerRole, OidcProvider, ServiceAccount, ImageParameters, AssumedRoles,
        };
        Part.AcceptOnlyFromAmong(Parts);
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
        ServiceAccount = NamespacedName.Parse(parsed.GetValue(ServiceAccount)!),
        ImageParameters = parsed.GetValue(ImageParameters)!,
        AssumedRoles = parsed.GetValue(AssumedRoles)!,
    };
}
