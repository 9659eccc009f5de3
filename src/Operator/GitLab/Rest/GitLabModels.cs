using System.Text.Json.Serialization;

namespace Operator.GitLab.Rest;

// The generated deserializer sets init-only properties to null for missing JSON, so their getters supply the empty value.

/// <summary>What <c>POST /user/runners</c> is given.</summary>
internal sealed record GitLabNewRunner
{
    public required string RunnerType { get; init; }

    public long? GroupId { get; init; }

    public long? ProjectId { get; init; }

    public required string Description { get; init; }

    public required IReadOnlyList<string> TagList { get; init; }

    public bool RunUntagged { get; init; }

    public bool Locked { get; init; }

    public required string AccessLevel { get; init; }

    /// <summary>Seconds; at least 600.</summary>
    public long? MaximumTimeout { get; init; }
}

/// <summary>A runner as created, with the token that GitLab shows once.</summary>
internal sealed record GitLabCreatedRunner
{
    public long Id { get; init; }

    /// <summary>The runner authentication token. A secret.</summary>
    public string Token { get => field ?? ""; init; }

    public override string ToString() => $"runner {Id}";
}

/// <summary>Anything with an id.</summary>
internal sealed record GitLabId
{
    public long Id { get; init; }
}

/// <summary>A job.</summary>
internal sealed record GitLabJob
{
    private static readonly string[] Ended = ["success", "failed", "canceled", "skipped", "manual"];

    public long Id { get; init; }

    /// <summary>Such as <c>created</c>, <c>pending</c>, <c>running</c>, <c>success</c>.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>The tags of runners that it wants; of all, a runner must have each.</summary>
    public IReadOnlyList<string> TagList { get => field ?? []; init; }

    /// <summary>The runner that has it; null while none has. A pending job with one has been taken.</summary>
    public GitLabId? Runner { get; init; }

    public GitLabPipeline? Pipeline { get; init; }

    public string? WebUrl { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Whether a runner may still work on it.</summary>
    [JsonIgnore]
    public bool IsUnfinished => !Ended.Contains(Status, StringComparer.Ordinal);

    /// <summary>Whether it waits for a runner.</summary>
    [JsonIgnore]
    public bool IsPending => Status == "pending" && Runner is null;
}

/// <summary>The pipeline of a job.</summary>
internal sealed record GitLabPipeline
{
    public long Id { get; init; }

    public long ProjectId { get; init; }
}

/// <summary>A token's own properties.</summary>
internal sealed record GitLabTokenInfo
{
    public IReadOnlyList<string> Scopes { get => field ?? []; init; }

    /// <summary>The day on which it ends; null for never.</summary>
    public string? ExpiresAt { get; init; }
}

/// <summary>What <c>PUT /runners/:id</c> is given.</summary>
internal sealed record GitLabRunnerChange(bool Paused);

/// <summary>An error as GitLab words it: text, or a text for each field.</summary>
internal sealed record GitLabErrorBody(System.Text.Json.JsonElement? Message, System.Text.Json.JsonElement? Error);

/// <summary>A GraphQL query.</summary>
internal sealed record GitLabQuery(string Query, IReadOnlyDictionary<string, string?> Variables);

/// <summary>A GraphQL answer with runners; those of a group or project are below it.</summary>
internal sealed record GitLabRunnersAnswer(GitLabRunnersData? Data, IReadOnlyList<GitLabQueryError>? Errors);

/// <summary>An error of a query.</summary>
internal sealed record GitLabQueryError(string? Message);

/// <summary>What was queried.</summary>
internal sealed record GitLabRunnersData(GitLabRunnersPlace? Place, GitLabRunnersPage? Runners);

/// <summary>A group or project.</summary>
internal sealed record GitLabRunnersPlace(GitLabRunnersPage? Runners);

/// <summary>One page of runners.</summary>
internal sealed record GitLabRunnersPage(IReadOnlyList<GitLabRunner>? Nodes, GitLabPageInfo? PageInfo);

/// <summary>Whether there are more.</summary>
internal sealed record GitLabPageInfo(bool HasNextPage, string? EndCursor);

/// <summary>A runner as GraphQL shows it.</summary>
/// <param name="Id">Such as <c>gid://gitlab/Ci::Runner/9</c>.</param>
/// <param name="Description">Free text; ours begins with the runner's name.</param>
/// <param name="Status"><c>ONLINE</c>, <c>OFFLINE</c>, <c>STALE</c> or <c>NEVER_CONTACTED</c>; hours late.</param>
/// <param name="JobExecutionStatus"><c>ACTIVE</c> or <c>IDLE</c>.</param>
/// <param name="JobCount">Jobs that it has been given.</param>
/// <param name="TagList">Its tags.</param>
internal sealed record GitLabRunner(string? Id, string? Description, string? Status, string? JobExecutionStatus, int? JobCount, IReadOnlyList<string>? TagList);

/// <summary>A GraphQL answer with the projects of a group and their pending jobs.</summary>
internal sealed record GitLabGroupAnswer(GitLabGroupData? Data, IReadOnlyList<GitLabQueryError>? Errors);

/// <summary>What was queried.</summary>
internal sealed record GitLabGroupData(GitLabGroup? Group);

/// <summary>A group.</summary>
internal sealed record GitLabGroup(GitLabProjectsPage? Projects);

/// <summary>One page of projects.</summary>
internal sealed record GitLabProjectsPage(IReadOnlyList<GitLabProject>? Nodes, GitLabPageInfo? PageInfo);

/// <summary>A project.</summary>
/// <param name="FullPath">Its full path.</param>
internal sealed record GitLabProject(string? FullPath);

/// <summary>A GraphQL answer with the pending jobs of a project.</summary>
internal sealed record GitLabProjectAnswer(GitLabProjectData? Data, IReadOnlyList<GitLabQueryError>? Errors);

/// <summary>What was queried.</summary>
internal sealed record GitLabProjectData(GitLabProjectJobs? Project);

/// <summary>A project by its jobs.</summary>
/// <param name="Jobs">One of its pending jobs, if it has any; null if the token may not see them.</param>
internal sealed record GitLabProjectJobs(GitLabJobsPage? Jobs);

/// <summary>Jobs by their ids alone.</summary>
internal sealed record GitLabJobsPage(IReadOnlyList<GitLabJobNode>? Nodes);

/// <summary>A job by its id alone.</summary>
internal sealed record GitLabJobNode(string? Id);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GitLabNewRunner))]
[JsonSerializable(typeof(GitLabRunnerChange))]
[JsonSerializable(typeof(GitLabCreatedRunner))]
[JsonSerializable(typeof(GitLabId))]
[JsonSerializable(typeof(GitLabJob))]
[JsonSerializable(typeof(IReadOnlyList<GitLabJob>))]
[JsonSerializable(typeof(GitLabTokenInfo))]
[JsonSerializable(typeof(GitLabErrorBody))]
internal sealed partial class GitLabJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GitLabQuery))]
[JsonSerializable(typeof(GitLabRunnersAnswer))]
[JsonSerializable(typeof(IReadOnlyList<GitLabQuery>))]
[JsonSerializable(typeof(GitLabGroupAnswer))]
[JsonSerializable(typeof(IReadOnlyList<GitLabProjectAnswer>))]
internal sealed partial class GitLabGraphJson : JsonSerializerContext;
