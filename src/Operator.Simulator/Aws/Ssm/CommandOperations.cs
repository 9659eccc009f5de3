using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ssm;

/// <summary>Run Command's calls.</summary>
internal sealed class CommandOperations(Agents agents)
{
    private const int MostOutput = 24_000;
    private const int LongestRun = 172_800;

    public JsonObject Send(SsmRequest request)
    {
        var (document, ids, comment) = (request.Required("DocumentName"), request.Texts("InstanceIds"), request.Text("Comment") ?? "");
        if (document is not ("AWS-RunShellScript" or "AWS-RunPowerShellScript"))
        {
            throw new AwsException("InvalidDocument", $"Document with name {document} does not exist.");
        }

        if (ids.Count is 0 or > 50 || comment.Length > 100 || request.Number("TimeoutSeconds") is < 30 or > 2_592_000)
        {
            throw new AwsException("ValidationException", "1 to 50 instances, a comment of at most 100 characters, and a timeout of 30 to 2592000 seconds.");
        }

        var parameters = request.Object("Parameters");
        if (parameters.Texts("commands").Count == 0
            || (parameters.Texts("executionTimeout") is [var timeout, ..] && !(int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= LongestRun)))
        {
            throw new AwsException("InvalidParameters", "The document needs commands, and an executionTimeout of 1 to 172800 seconds.");
        }

        var sent = ids.Select(id => agents.Send(id, document, comment)).ToList();
        return new JsonObject { ["Command"] = Describe(sent[0]) };
    }

    public JsonObject List(SsmRequest request)
    {
        var page = request.Page(
            agents.All.Where(sent => (request.Text("InstanceId") is not { } id || sent.InstanceId == id) && (request.Text("CommandId") is not { } command || sent.CommandId == command)), 50);
        return new JsonObject { ["Commands"] = new JsonArray([.. page.Items.Select(sent => (JsonNode)Describe(sent))]), ["NextToken"] = page.NextToken };
    }

    public JsonObject GetInvocation(SsmRequest request)
    {
        var found = agents.Find(request.Required("CommandId"), request.Required("InstanceId"));
        return new JsonObject
        {
            ["CommandId"] = found.CommandId,
            ["InstanceId"] = found.InstanceId,
            ["DocumentName"] = found.Document,
            ["Comment"] = found.Comment,
            ["Status"] = found.Status,
            ["StatusDetails"] = found.Status,
            ["ResponseCode"] = found.ExitCode,
            ["StandardOutputContent"] = found.Output.Length > MostOutput ? found.Output[..MostOutput] : found.Output,
            ["StandardErrorContent"] = "",
        };
    }

    public JsonObject DescribeAgents(SsmRequest request)
    {
        var ids = request.Items("Filters").Where(filter => filter.Text("Key") == "InstanceIds").SelectMany(filter => filter.Texts("Values")).ToList();
        return new JsonObject
        {
            ["InstanceInformationList"] = new JsonArray(
            [
                .. ids.Where(id => agents.OnlineAt(id) is not null).Select(id => (JsonNode)new JsonObject
                {
                    ["InstanceId"] = id,
                    ["PingStatus"] = "Online",
                    ["LastPingDateTime"] = agents.OnlineAt(id)!.Value.ToUnixTimeSeconds(),
                    ["AgentVersion"] = "3.3.1611.0",
                    ["PlatformType"] = "Linux",
                }),
            ]),
        };
    }

    private static JsonObject Describe(Invocation sent) => new()
    {
        ["CommandId"] = sent.CommandId,
        ["DocumentName"] = sent.Document,
        ["Comment"] = sent.Comment,
        ["InstanceIds"] = new JsonArray(sent.InstanceId),
        ["Status"] = sent.Status,
        ["RequestedDateTime"] = sent.SentAt.ToUnixTimeSeconds(),
    };
}
