using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.GitHub.ScaleSets;

/// <summary>A listener's session with a scale set, at most one at a time.</summary>
internal sealed record ScaleSetSession
{
    public Guid SessionId { get; init; }

    /// <summary>The message queue's URL; opaque, its query must be kept.</summary>
    public string MessageQueueUrl { get => field ?? ""; init; }

    /// <summary>The token for the queue and for acquiring jobs. A secret.</summary>
    public string MessageQueueAccessToken { get => field ?? ""; init; }

    [JsonConverter(typeof(LenientObject<ScaleSetStatistics>))]
    public ScaleSetStatistics? Statistics { get; init; }

    public override string ToString() => $"session {SessionId}";
}

/// <summary>Statistics of a scale set: absolute numbers, so that messages never need to be replayed. Null for an unknown number.</summary>
internal sealed record ScaleSetStatistics
{
    /// <summary>Matching jobs held back because the scale set has no capacity.</summary>
    public int? TotalAvailableJobs { get; init; }

    /// <summary>Jobs assigned to the scale set, including running ones: the number to scale on.</summary>
    public int? TotalAssignedJobs { get; init; }

    public int? TotalRunningJobs { get; init; }

    public int? TotalRegisteredRunners { get; init; }
}

/// <summary>The result of a poll: statistics and job events. Delivered again until it is acknowledged.</summary>
internal sealed record ScaleSetMessage
{
    private const string JobMessages = "RunnerScaleSetJobMessages";

    public long MessageId { get; init; }

    public string MessageType { get => field ?? ""; init; }

    /// <summary>JSON in a string: an array of job events.</summary>
    public string Body { get => field ?? ""; init; }

    [JsonConverter(typeof(LenientObject<ScaleSetStatistics>))]
    public ScaleSetStatistics? Statistics { get; init; }

    /// <summary>
    /// The job events in the body, as far as they can be parsed. Empty for other kinds of messages: only their statistics matter.
    /// </summary>
    [JsonIgnore]
    public ReadList<ScaleSetJob> Jobs
    {
        get
        {
            if (MessageType != JobMessages || Body.Length == 0)
            {
                return [];
            }

            try
            {
                return JsonSerializer.Deserialize(Body, ScaleSetJson.Default.IReadOnlyListScaleSetJob) as ReadList<ScaleSetJob> ?? [];
            }
            catch (JsonException)
            {
                return new() { Skipped = "not a list" };
            }
        }
    }
}

/// <summary>A job event.</summary>
internal sealed record ScaleSetJob
{
    public const string Available = "JobAvailable";
    public const string Assigned = "JobAssigned";
    public const string Started = "JobStarted";
    public const string Completed = "JobCompleted";

    /// <summary>The known types.</summary>
    public static readonly IReadOnlySet<string> Types = new HashSet<string>(StringComparer.Ordinal) { Available, Assigned, Started, Completed };

    /// <summary>One of the constants, or a newer type to ignore.</summary>
    public string MessageType { get => field ?? ""; init; }

    /// <summary>The id to acquire the job by; 0 for none.</summary>
    public long RunnerRequestId { get; init; }

    public string JobId { get => field ?? ""; init; }

    public string OwnerName { get => field ?? ""; init; }

    public string RepositoryName { get => field ?? ""; init; }

    /// <summary>The workflow's file and version, such as <c>my-org/app/.github/workflows/ci.yml@refs/heads/main</c>.</summary>
    public string JobWorkflowRef { get => field ?? ""; init; }

    public long WorkflowRunId { get; init; }

    public DateTimeOffset? QueueTime { get; init; }

    public DateTimeOffset? RunnerAssignTime { get; init; }

    public DateTimeOffset? FinishTime { get; init; }

    public string RunnerName { get => field ?? ""; init; }

    /// <summary>GitHub's id of that runner; null or 0 for none.</summary>
    public long? RunnerId { get; init; }

    /// <summary>The outcome of a completed job, such as <c>succeeded</c> or <c>canceled</c>.</summary>
    public string? Result { get; init; }
}
