using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Operator.Simulator.GitHub.Web;

/// <summary>An answer, before it is sent: a fault may still take its place.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">JSON or a file, or nothing.</param>
internal sealed record GitHubReply(int Status, byte[] Body)
{
    public static readonly GitHubReply NoContent = new(204, []);
    public static readonly GitHubReply Accepted = new(202, []);
    public static readonly GitHubReply NotFound = Error(404, "Not Found");

    /// <summary>No answer: the connection is cut.</summary>
    public static readonly GitHubReply Cut = new(0, []);

    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The answer, when it comes later.</summary>
    public Task<GitHubReply>? Pending { get; private init; }

    public string ContentType { get; init; } = "application/json; charset=utf-8";

    public static GitHubReply Json<T>(int status, T value, JsonTypeInfo<T> type) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static GitHubReply Json(int status, JsonNode value) => new(status, Encoding.UTF8.GetBytes(value.ToJsonString()));

    public static GitHubReply Later(Task<GitHubReply> reply) => new(0, []) { Pending = reply };

    public static GitHubReply Error(int status, string message) =>
        Json(status, new ErrorJson(message, "https://docs.github.com/rest", $"{status}"), GitHubWire.Default.ErrorJson);
}

internal sealed record ErrorJson(string Message, string DocumentationUrl, string Status);

internal sealed record LabelJson(long Id, string Name, string Type);

internal sealed record RunnerJson(
    long Id,
    long RunnerGroupId,
    string Name,
    string Os,
    string Status,
    bool Busy,
    bool Ephemeral,
    IReadOnlyList<LabelJson> Labels,
    string? Version);

internal sealed record RunnersJson(int TotalCount, IReadOnlyList<RunnerJson> Runners);

internal sealed record JitConfigJsonAnswer(RunnerJson Runner, string EncodedJitConfig);

internal sealed record TokenJson(string Token, DateTimeOffset ExpiresAt);

internal sealed record InstallationTokenJson(
    string Token, DateTimeOffset ExpiresAt, IReadOnlyDictionary<string, string> Permissions, string RepositorySelection);

internal sealed record RunnerGroupJson(
    long Id,
    string Name,
    string Visibility,
    bool Default,
    string RunnersUrl,
    bool Inherited,
    bool AllowsPublicRepositories,
    bool RestrictedToWorkflows,
    IReadOnlyList<string> SelectedWorkflows,
    bool WorkflowRestrictionsReadOnly);

internal sealed record RunnerGroupsJson(int TotalCount, IReadOnlyList<RunnerGroupJson> RunnerGroups);

internal sealed record DeprecationJson(string RunnerVersion, DateTimeOffset? RuntimeDeprecatesAt);

internal sealed record DownloadJson(string Os, string Architecture, string DownloadUrl, string Filename, string Sha256Checksum);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(RunnerJson))]
[JsonSerializable(typeof(RunnersJson))]
[JsonSerializable(typeof(JitConfigJsonAnswer))]
[JsonSerializable(typeof(TokenJson))]
[JsonSerializable(typeof(InstallationTokenJson))]
[JsonSerializable(typeof(RunnerGroupsJson))]
[JsonSerializable(typeof(DownloadJson[]))]
[JsonSerializable(typeof(DeprecationJson))]
internal sealed partial class GitHubWire : JsonSerializerContext;
