using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.GitHub.ScaleSets;

/// <summary>One listener's hold on a scale set: there is at most one at a time.</summary>
internal sealed record ScaleSetSession
{
    public Guid SessionId { get; init; }

    /// <summary>Where messages wait; opaque, its query is kept.</summary>
    public string MessageQueueUrl { get => field ?? ""; init; }

    /// <summary>Good for the queue and for acquiring jobs. A secret.</summary>
    public string MessageQueueAccessToken { get => field ?? ""; init; }

    [JsonConverter(typeof(LenientObject<ScaleSetStatistics>))]
    public ScaleSetStatistics? Statistics { get; init; }

    public override string ToString() => $"session {SessionId}";
}

/// <summary>Statistics of a scale set: absolute numbers, so that messages never need to be replayed. Null is a number that is not known.</summary>
internal sealed record ScaleSetStatistics
{
    /// <summary>Jobs that fit, held back because the scale set has no capacity.</summary>
    public int? TotalAvailableJobs { get; init; }

    /// <summary>Jobs that belong to the scale set, running ones included: the one number to scale on.</summary>
    public int? TotalAssignedJobs { get; init; }

    public int? TotalRunningJobs { get; init; }

    public int? TotalRegisteredRunners { get; init; }
}

/// <summary>What a poll brings: statistics, and what happened to jobs. It comes again until it is acknowledged.</summary>
internal sealed record ScaleSetMessage
{
    private const string JobMessages = "RunnerScaleSetJobMessages";

    public long MessageId { get; init; }

    public string MessageType { get => field ?? ""; init; }

    /// <summary>JSON in a string: an array of jobs.</summary>
    public string Body { get => field ?? ""; init; }

    [JsonConverter(typeof(LenientObject<ScaleSetStatistics>))]
    public ScaleSetStatistics? Statistics { get; init; }

    /// <summary>What the body tells, as far as it can be read. Nothing for a message of another kind: the statistics count.</summary>
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

/// <summary>What happened to a job.</summary>
internal sealed record ScaleSetJob
{
    public const string Available = "JobAvailable";
    public const string Assigned = "JobAssigned";
    public const string Started = "JobStarted";
    public const string Completed = "JobCompleted";

    /// <summary>The kinds that are known.</summary>
    public static readonly IReadOnlySet<string> Types = new HashSet<string>(StringComparer.Ordinal) { Available, Assigned, Started, Completed };

    /// <summary>One of the constants, or something newer, to be ignored.</summary>
    public string MessageType { get => field ?? ""; init; }

    /// <summary>What the job is acquired by; 0 where there is none.</summary>
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

    /// <summary>GitHub's id of that runner; null or 0 where there is none.</summary>
    public long? RunnerId { get; init; }

    /// <summary>Of a completed job, such as <c>succeeded</c> or <c>canceled</c>.</summary>
    public string? Result { get; init; }
}
