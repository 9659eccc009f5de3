using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Sqs;

/// <summary>
/// The Simple Queue Service's JSON 1.0 protocol for one queue. Answers immediately: with a driven clock, long polling is not needed.
/// </summary>
internal sealed class SqsService(SimulatedQueue queue, SimulatedAwsOptions options) : IAwsProtocol
{
    private const string TargetPrefix = "AmazonSQS.";
    private readonly Ids _ids = new(options.Seed + 3);

    public string Service => "sqs";

    public string? OperationOf(AwsRequest request) =>
        request.Headers["X-Amz-Target"].ToString() is var target && target.StartsWith(TargetPrefix, StringComparison.Ordinal) ? target[TargetPrefix.Length..] : null;

    public AwsAnswer Answer(string operation, AwsRequest request)
    {
        var body = JsonNode.Parse(request.Body)!.AsObject();
        switch (operation)
        {
            case "ReceiveMessage":
                var received = queue.Receive(body["MaxNumberOfMessages"]?.GetValue<int>() ?? 1);
                return Json(200, received.Count == 0 ? new JsonObject() : new JsonObject { ["Messages"] = new JsonArray([.. received.Select(message => (JsonNode?)Show(message))]) });
            case "DeleteMessage":
                queue.Delete(body["ReceiptHandle"]!.GetValue<string>());
                return Json(200, new JsonObject());
            default:
                throw new AwsException("InvalidAction", $"The simulator has no operation {operation}.");
        }
    }

    public AwsAnswer Refuse(AwsException error) =>
        Json((int)error.Status, new JsonObject { ["__type"] = $"com.amazonaws.sqs#{error.Code}", ["message"] = error.Message });

    private static JsonObject Show((string Id, string Receipt, string Body) message) => new()
    {
        ["MessageId"] = message.Id,
        ["ReceiptHandle"] = message.Receipt,
        ["MD5OfBody"] = ChecksumOf(message.Body),
        ["Body"] = message.Body,
    };

    [SuppressMessage("Security", "CA5351", Justification = "The protocol's checksum, which the official client compares; it protects nothing.")]
    private static string ChecksumOf(string body) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(body)));

    private AwsAnswer Json(int status, JsonObject body) => new(status, "application/x-amz-json-1.0", body.ToJsonString()) { RequestId = _ids.Uuid() };
}
