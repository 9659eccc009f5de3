using System.Text.Json;
using System.Text.Json.Serialization;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>The service's errors: not those of the REST API.</summary>
internal static class ServiceReply
{
    public const string ApiVersion = "6.0-preview";

    public static GitHubReply Error(int status, string type, string message) =>
        GitHubReply.Json(status, new ServiceErrorJson(type, message), ServiceWire.Default.ServiceErrorJson);

    public static GitHubReply Unauthorized(string message) => Error(401, "VssUnauthorizedException", message);

    public static GitHubReply NoScaleSet(long id) =>
        Error(404, "RunnerScaleSetNotFoundException", $"No runner scale set found with identifier {id}.");

    public static GitHubReply NoSession(string id) =>
        Error(404, "RunnerScaleSetSessionNotFoundException", $"No session found with identifier {id}.");

    public static GitHubReply BadRequest(string message) => Error(400, "ArgumentException", message);
}

internal sealed record ServiceErrorJson(string TypeName, string Message);

internal sealed record ServiceConnection(string Url, string Token);

internal sealed record CountedJson<T>(int Count, IReadOnlyList<T> Value)
{
    public static CountedJson<T> Create(IEnumerable<T> items)
    {
        List<T> list = [.. items];
        return new CountedJson<T>(list.Count, list);
    }
}

internal sealed record ServiceGroupJson(long Id, string Name, int Size, bool IsDefaultGroup);

internal sealed record ScaleSetLabelJson(string Type, string Name);

internal sealed record RunnerSettingJson(bool DisableUpdate);

/// <summary>A scale set in the API.</summary>
internal sealed record ScaleSetJson(
    long Id,
    string Name,
    long RunnerGroupId,
    string RunnerGroupName,
    IReadOnlyList<ScaleSetLabelJson> Labels,
    [property: JsonPropertyName("RunnerSetting")] RunnerSettingJson RunnerSetting,
    DateTimeOffset CreatedOn,
    string RunnerJitConfigUrl,
    ScaleSetStatistics Statistics);

internal sealed record SessionJson(
    Guid SessionId,
    string OwnerName,
    ScaleSetJson RunnerScaleSet,
    string MessageQueueUrl,
    string MessageQueueAccessToken,
    ScaleSetStatistics Statistics);

internal sealed record ScaleSetMessage(long MessageId, string MessageType, string Body, ScaleSetStatistics Statistics);

internal sealed record AgentJson(long Id, string Name, long RunnerScaleSetId, string Status, DateTimeOffset CreatedOn);

internal sealed record AgentReferenceJson(long Id, string Name, long RunnerScaleSetId);

internal sealed record ServiceJitConfigJson(
    AgentReferenceJson Runner, [property: JsonPropertyName("encodedJITConfig")] string EncodedJitConfig);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServiceErrorJson))]
[JsonSerializable(typeof(ServiceClaims))]
[JsonSerializable(typeof(ServiceConnection))]
[JsonSerializable(typeof(CountedJson<ServiceGroupJson>))]
[JsonSerializable(typeof(CountedJson<ScaleSetJson>))]
[JsonSerializable(typeof(CountedJson<AgentJson>))]
[JsonSerializable(typeof(CountedJson<long>))]
[JsonSerializable(typeof(CountedJson<JobMessage>))]
[JsonSerializable(typeof(ScaleSetJson))]
[JsonSerializable(typeof(SessionJson))]
[JsonSerializable(typeof(ScaleSetMessage))]
[JsonSerializable(typeof(AgentJson))]
[JsonSerializable(typeof(ServiceJitConfigJson))]
[JsonSerializable(typeof(List<JobMessage>))]
internal sealed partial class ServiceWire : JsonSerializerContext;
