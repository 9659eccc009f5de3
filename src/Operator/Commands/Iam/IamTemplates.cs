using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Commands.Iam;

/// <summary>The policies in applicable formats: plain JSON, CloudFormation, Terraform's JSON syntax.</summary>
internal static class IamTemplates
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All documents by name.</summary>
    public static string Json(IamTarget target)
    {
        var documents = new JsonObject
        {
            ["operator"] = Document(IamPolicies.Operator(target)),
            ["operatorTrust"] = Document([IamPolicies.OperatorTrust(target)]),
            ["runner"] = Document(IamPolicies.Runner(target)),
            ["runnerTrust"] = Document([IamPolicies.RunnerTrust]),
        };
        if (target.AssumedRoles.Count > 0)
        {
            documents["assumedTrust"] = Document([IamPolicies.AssumedTrust(target)]);
        }

        return Write(documents);
    }

    /// <summary>One document, in the format of <c>aws iam put-role-policy --policy-document</c>.</summary>
    public static string Json(IamTarget target, string part) => Write((JsonObject)JsonNode.Parse(Json(target))![part]!);

    public static string CloudFormation(IamTarget target)
    {
        target = target with { Partition = "${AWS::Partition}", Account = "${AWS::AccountId}" };
        var template = new JsonObject
        {
            ["AWSTemplateFormatVersion"] = "2010-09-09",
            ["Description"] = "Roles of the ec2runners operator and of its machines, made by `operator iam --format cloudformation`",
            ["Resources"] = new JsonObject
            {
                ["OperatorRole"] = CloudFormationRole("ec2runners-operator", IamPolicies.OperatorTrust(target), IamPolicies.Operator(target)),
                ["RunnerRole"] = CloudFormationRole(target.RunnerRole, IamPolicies.RunnerTrust, IamPolicies.Runner(target)),
                ["RunnerInstanceProfile"] = new JsonObject
                {
                    ["Type"] = "AWS::IAM::InstanceProfile",
                    ["Properties"] = new JsonObject
                    {
                        ["InstanceProfileName"] = target.RunnerRole,
                        ["Roles"] = new JsonArray(new JsonObject { ["Ref"] = "RunnerRole" }),
                    },
                },
            },
            ["Outputs"] = new JsonObject
            {
                ["OperatorRoleArn"] = new JsonObject { ["Value"] = new JsonObject { ["Fn::GetAtt"] = new JsonArray("OperatorRole", "Arn") } },
                ["RunnerInstanceProfileName"] = new JsonObject { ["Value"] = new JsonObject { ["Ref"] = "RunnerInstanceProfile" } },
            },
        };
        if (target.InterruptionQueue is { } queue)
        {
            InterruptionTemplates.AddTo((JsonObject)template["Resources"]!, (JsonObject)template["Outputs"]!, target, queue);
        }

        return Write((JsonObject)Substitute(template)!);
    }

    public static string Terraform(IamTarget target)
    {
        const string Account = "${data.aws_caller_identity.current.account_id}";
        const string Partition = "${data.aws_partition.current.partition}";
        target = target with { Partition = Partition, Account = Account };
        var configuration = new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["aws_caller_identity"] = new JsonObject { ["current"] = new JsonObject() },
                ["aws_partition"] = new JsonObject { ["current"] = new JsonObject() },
            },
            ["resource"] = new JsonObject
            {
                ["aws_iam_role"] = new JsonObject
                {
                    ["ec2runners_operator"] = TerraformRole("ec2runners-operator", IamPolicies.OperatorTrust(target)),
                    ["ec2runners_runner"] = TerraformRole(target.RunnerRole, IamPolicies.RunnerTrust),
                },
                ["aws_iam_role_policy"] = new JsonObject
                {
                    ["ec2runners_operator"] = TerraformPolicy("ec2runners_operator", IamPolicies.Operator(target)),
                    ["ec2runners_runner"] = TerraformPolicy("ec2runners_runner", IamPolicies.Runner(target)),
                },
                ["aws_iam_instance_profile"] = new JsonObject
                {
                    ["ec2runners_runner"] = new JsonObject { ["name"] = target.RunnerRole, ["role"] = "${aws_iam_role.ec2runners_runner.name}" },
                },
            },
            ["output"] = new JsonObject
            {
                ["ec2runners_operator_role_arn"] = new JsonObject { ["value"] = "${aws_iam_role.ec2runners_operator.arn}" },
            },
        };
        if (target.InterruptionQueue is { } queue)
        {
            InterruptionTemplates.AddTerraformTo((JsonObject)configuration["resource"]!, (JsonObject)configuration["output"]!, queue);
        }

        return Write(configuration);
    }

    private static JsonObject Document(IEnumerable<IamStatement> statements) => IamStatement.Policy(statements);

    private static string Write(JsonObject document) => document.ToJsonString(Readable) + "\n";

    private static JsonObject CloudFormationRole(string name, IamStatement trust, IEnumerable<IamStatement> statements) => new()
    {
        ["Type"] = "AWS::IAM::Role",
        ["Properties"] = new JsonObject
        {
            ["RoleName"] = name,
            ["AssumeRolePolicyDocument"] = Document([trust]),
            ["Policies"] = new JsonArray(new JsonObject { ["PolicyName"] = "ec2runners", ["PolicyDocument"] = Document(statements) }),
        },
    };

    // Texts with a pseudo parameter are substituted; IAM's own variables must not be.
    private static JsonNode? Substitute(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Substitute(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Substitute)]),
        JsonValue value when value.TryGetValue<string>(out var text) && text.Contains("${AWS::", StringComparison.Ordinal) =>
            new JsonObject { ["Fn::Sub"] = Escaped(text, "${!") },
        _ => node?.DeepClone(),
    };

    private static JsonObject TerraformRole(string name, IamStatement trust) => new()
    {
        ["name"] = name,
        ["assume_role_policy"] = Embedded(Document([trust])),
    };

    private static JsonObject TerraformPolicy(string role, IEnumerable<IamStatement> statements) => new()
    {
        ["name"] = "ec2runners",
        ["role"] = "${aws_iam_role." + role + ".id}",
        ["policy"] = Embedded(Document(statements)),
    };

    // Terraform interpolates ${...}; IAM's own variables are escaped.
    private static string Embedded(JsonObject document) =>
        Escaped(document.ToJsonString(Compact), "$${");

    private static string Escaped(string text, string opening) =>
        text.Replace("${aws:", opening + "aws:", StringComparison.Ordinal).Replace("${ec2:", opening + "ec2:", StringComparison.Ordinal);
}
