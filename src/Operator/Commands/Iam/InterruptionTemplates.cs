using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Commands.Iam;

/// <summary>
/// The interruption queue with its rules and policy, for CloudFormation and Terraform. Rules and queue are in the operator's region.
/// </summary>
internal static class InterruptionTemplates
{
    /// <summary>Older notices are useless.</summary>
    private const int RetentionSeconds = 300;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (string Name, string Type)[] Rules =
    [
        ("SpotInterruption", "EC2 Spot Instance Interruption Warning"),
        ("Rebalance", "EC2 Instance Rebalance Recommendation"),
    ];

    public static void AddTo(JsonObject resources, JsonObject outputs, IamTarget target, string queue)
    {
        var arn = $"arn:{target.Partition}:sqs:${{AWS::Region}}:{target.Account}:{queue}";
        resources["InterruptionQueue"] = new JsonObject
        {
            ["Type"] = "AWS::SQS::Queue",
            ["Properties"] = new JsonObject { ["QueueName"] = queue, ["MessageRetentionPeriod"] = RetentionSeconds, ["SqsManagedSseEnabled"] = true },
        };
        resources["InterruptionQueuePolicy"] = new JsonObject
        {
            ["Type"] = "AWS::SQS::QueuePolicy",
            ["Properties"] = new JsonObject
            {
                ["Queues"] = new JsonArray(new JsonObject { ["Ref"] = "InterruptionQueue" }),
                ["PolicyDocument"] = IamStatement.Policy(IamPolicies.InterruptionQueue(
                    arn, [.. Rules.Select(rule => $"arn:{target.Partition}:events:${{AWS::Region}}:{target.Account}:rule/{NameOf(queue, rule.Name)}")])),
            },
        };
        foreach (var (name, type) in Rules)
        {
            resources[name + "Rule"] = new JsonObject
            {
                ["Type"] = "AWS::Events::Rule",
                ["Properties"] = new JsonObject
                {
                    ["Name"] = NameOf(queue, name),
                    ["EventPattern"] = Pattern(type),
                    ["Targets"] = new JsonArray(new JsonObject { ["Id"] = "queue", ["Arn"] = new JsonObject { ["Fn::GetAtt"] = new JsonArray("InterruptionQueue", "Arn") } }),
                },
            };
        }

        outputs["InterruptionQueueUrl"] = new JsonObject { ["Value"] = new JsonObject { ["Ref"] = "InterruptionQueue" } };
    }

    public static void AddTerraformTo(JsonObject resources, JsonObject outputs, string queue)
    {
        resources["aws_sqs_queue"] = new JsonObject
        {
            ["ec2runners"] = new JsonObject { ["name"] = queue, ["message_retention_seconds"] = RetentionSeconds, ["sqs_managed_sse_enabled"] = true },
        };
        resources["aws_sqs_queue_policy"] = new JsonObject
        {
            ["ec2runners"] = new JsonObject
            {
                ["queue_url"] = "${aws_sqs_queue.ec2runners.id}",
                ["policy"] = IamStatement.Policy(IamPolicies.InterruptionQueue(
                    "${aws_sqs_queue.ec2runners.arn}", [.. Rules.Select(rule => $"${{aws_cloudwatch_event_rule.{Key(rule.Name)}.arn}}")])).ToJsonString(Compact),
            },
        };
        resources["aws_cloudwatch_event_rule"] = new JsonObject(Rules.Select(rule => KeyValuePair.Create(
            Key(rule.Name), (JsonNode?)new JsonObject { ["name"] = NameOf(queue, rule.Name), ["event_pattern"] = Pattern(rule.Type).ToJsonString(Compact) })));
        resources["aws_cloudwatch_event_target"] = new JsonObject(Rules.Select(rule => KeyValuePair.Create(
            Key(rule.Name),
            (JsonNode?)new JsonObject { ["rule"] = $"${{aws_cloudwatch_event_rule.{Key(rule.Name)}.name}}", ["arn"] = "${aws_sqs_queue.ec2runners.arn}" })));
        outputs["ec2runners_interruption_queue_url"] = new JsonObject { ["value"] = "${aws_sqs_queue.ec2runners.id}" };
    }

    private static JsonObject Pattern(string type) => new() { ["source"] = new JsonArray("aws.ec2"), ["detail-type"] = new JsonArray(type) };

    private static string NameOf(string queue, string rule) => $"{queue}-{rule}";

    private static string Key(string rule) => "ec2runners_" + (rule == "Rebalance" ? "rebalance" : "spot_interruption");
}
