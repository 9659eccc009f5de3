using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ssm;

/// <summary>The calls of Parameter Store and Run Command in the JSON 1.1 protocol of Systems Manager.</summary>
internal sealed class SsmService : IAwsProtocol
{
    private const string TargetPrefix = "AmazonSSM.";
    private readonly ParameterStore _store;
    private readonly Ids _ids;
    private readonly Dictionary<string, Func<SsmRequest, JsonObject>> _operations;

    public SsmService(ParameterStore store, Agents agents, SimulatedAwsOptions options)
    {
        _store = store;
        _ids = new Ids(options.Seed + 2);
        var (reads, writes) = (new ParameterReads(store, options), new ParameterWrites(store));
        var commands = new CommandOperations(agents);
        _operations = new(StringComparer.Ordinal)
        {
            ["PutParameter"] = writes.Put,
            ["DeleteParameter"] = writes.Delete,
            ["DeleteParameters"] = writes.DeleteMany,
            ["AddTagsToResource"] = writes.AddTags,
            ["RemoveTagsFromResource"] = writes.RemoveTags,
            ["ListTagsForResource"] = writes.ListTags,
            ["GetParameter"] = reads.Get,
            ["GetParameters"] = reads.GetMany,
            ["GetParametersByPath"] = reads.GetByPath,
            ["DescribeParameters"] = reads.Describe,
            ["SendCommand"] = commands.Send,
            ["ListCommands"] = commands.List,
            ["GetCommandInvocation"] = commands.GetInvocation,
            ["DescribeInstanceInformation"] = commands.DescribeAgents,
        };
    }

    public string Service => "ssm";

    public string? OperationOf(AwsRequest request) =>
        request.Headers["X-Amz-Target"].ToString() is var target && target.StartsWith(TargetPrefix, StringComparison.Ordinal)
            ? target[TargetPrefix.Length..]
            : null;

    public AwsAnswer Answer(string operation, AwsRequest request)
    {
        if (!_operations.TryGetValue(operation, out var act))
        {
            throw new AwsException("UnknownOperationException", $"The simulator has no operation {operation}.");
        }

        _store.Throttle(operation);
        try
        {
            using var document = JsonDocument.Parse(request.Body);
            return Json(200, act(new SsmRequest(document.RootElement)));
        }
        catch (JsonException)
        {
            throw new AwsException("SerializationException", "The request body is not JSON.");
        }
    }

    public AwsAnswer Refuse(AwsException error) =>
        Json((int)error.Status, new JsonObject { ["__type"] = error.Code, ["message"] = error.Message });

    private AwsAnswer Json(int status, JsonObject body) => new(status, "application/x-amz-json-1.1", body.ToJsonString()) { RequestId = _ids.Uuid() };
}
