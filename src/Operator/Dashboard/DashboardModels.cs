using System.Text.Json.Serialization;

namespace Operator.Dashboard;

/// <summary>Everything at a glance: totals, pools, machines by type and zone, recent events. Bounded, however many runners there are.</summary>
internal sealed record DashboardView
{
    /// <summary>The operator's time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The operator's version.</summary>
    public required string Version { get; init; }

    public required TotalsView Totals { get; init; }

    /// <summary>The pools, those with problems first.</summary>
    public required IReadOnlyList<PoolView> Pools { get; init; }

    /// <summary>Number of pools that are left out.</summary>
    public int MorePools { get; init; }

    /// <summary>Machines by type, zone and usage class, most first.</summary>
    public required IReadOnlyList<MachinesView> Machines { get; init; }

    /// <summary>Number of kinds of machines that are left out.</summary>
    public int MoreMachines { get; init; }

    /// <summary>The newest events, newest first.</summary>
    public required IReadOnlyList<EventView> Events { get; init; }

    /// <summary>Runners by state over the last hour.</summary>
    public required HistoryView History { get; init; }
}

/// <summary>Sums over all pools.</summary>
internal sealed record TotalsView
{
    public required int Pools { get; init; }

    /// <summary>Pools that are not ready.</summary>
    public required int NotReady { get; init; }

    public required StateCounts Runners { get; init; }

    /// <summary>Jobs that run.</summary>
    public required int RunningJobs { get; init; }

    /// <summary>Jobs that wait for a runner.</summary>
    public required int WaitingJobs { get; init; }

    /// <summary>Machines that exist at EC2.</summary>
    public required int Machines { get; init; }

    public required CostView Cost { get; init; }

    /// <summary>Spot machines that EC2 has announced to take back.</summary>
    public required int SpotNotices { get; init; }

    /// <summary>Spot machines that EC2 has taken back, within <see cref="JournalSnapshot.Since"/>.</summary>
    public required int SpotLosses { get; init; }

    /// <summary>Since when this replica has counted losses and remembered events: its start, or 24 hours ago.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>Runners by state.</summary>
/// <param name="Waiting">No machine yet.</param>
/// <param name="Booting">The machine is starting, or its runner is connecting.</param>
/// <param name="Idle">Ready for any job.</param>
/// <param name="Leased">Held, without a job.</param>
/// <param name="Busy">With a job.</param>
/// <param name="Draining">Being removed.</param>
/// <param name="Offline">GitHub reports the runner as offline, or its machine failed and is kept for a look.</param>
internal sealed record StateCounts(int Waiting, int Booting, int Idle, int Leased, int Busy, int Draining, int Offline)
{
    public int Total => Waiting + Booting + Idle + Leased + Busy + Draining + Offline;
}

/// <summary>US dollars; days and months are UTC.</summary>
/// <param name="PerHour">At this moment, an hour.</param>
/// <param name="Today">Since midnight.</param>
/// <param name="ThisMonth">Since the first of the month.</param>
internal sealed record CostView(decimal PerHour, decimal Today, decimal ThisMonth);

/// <summary>A pool.</summary>
internal sealed record PoolView
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary><c>ScaleSet</c>, <c>Webhook</c> or <c>LeasesOnly</c>.</summary>
    public required string Source { get; init; }

    public required string Url { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public required string Ready { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public bool Deleting { get; init; }

    /// <summary>Idle runners to keep at this moment.</summary>
    public required int MinIdle { get; init; }

    public required int MaxRunners { get; init; }

    /// <summary><c>spot</c>, <c>on-demand</c> or <c>reserved</c>, as bought at this moment.</summary>
    public string? UsageClass { get; init; }

    /// <summary>Schedules that are active.</summary>
    public IReadOnlyList<string> Schedules { get; init; } = [];

    /// <summary>Jobs assigned to the pool, running ones included; null while unknown.</summary>
    public int? Demand { get; init; }

    /// <summary>Jobs that are not running yet; null while unknown.</summary>
    public int? WaitingJobs { get; init; }

    public required StateCounts Runners { get; init; }

    /// <summary>Why jobs or runners wait, the cause that must be removed first.</summary>
    public required IReadOnlyList<WaitView> Waits { get; init; }

    public required CostView Cost { get; init; }

    /// <summary>Jobs that were lost with their machines, as far as the pool remembers.</summary>
    public required int LostJobs { get; init; }
}

/// <summary>Why something waits.</summary>
/// <param name="Reason">One word; docs/troubleshooting.md explains it.</param>
/// <param name="Message">What to do, or what is going on.</param>
/// <param name="Runners">How many runners it holds up; null if it holds up the whole pool.</param>
/// <param name="IsProblem">Whether somebody has to do something about it.</param>
internal sealed record WaitView(string Reason, string Message, int? Runners, bool IsProblem);

/// <summary>A pool and its conditions.</summary>
internal sealed record PoolDetails(DateTimeOffset Now, PoolView Pool, IReadOnlyList<ConditionView> Conditions, IReadOnlyList<LostJobView> LostJobs, IReadOnlyList<EventView> Events);

/// <summary>A condition.</summary>
internal sealed record ConditionView(string Type, string Status, string? Reason, string? Message, DateTimeOffset? Since);

/// <summary>A job that was lost with its machine.</summary>
internal sealed record LostJobView(string Repository, string RunId, string? InstanceId, string? Reason, DateTimeOffset LostAt, string? Result, string? Message);

/// <summary>Machines of one kind in one zone.</summary>
internal sealed record MachinesView(string Type, string Zone, string UsageClass, int Machines, int Busy, decimal PerHour);

/// <summary>Something that happened.</summary>
internal sealed record EventView(DateTimeOffset At, bool IsWarning, string Kind, string Namespace, string Name, string Pool, string Reason, string Message);

/// <summary>Runners by state over time: one number of each list for each time.</summary>
internal sealed record HistoryView(
    IReadOnlyList<long> At, IReadOnlyList<int> Waiting, IReadOnlyList<int> Booting, IReadOnlyList<int> Idle, IReadOnlyList<int> Busy, IReadOnlyList<int> Draining);

/// <summary>Some of many runners.</summary>
internal sealed record RunnersPage(DateTimeOffset Now, int Total, int Offset, IReadOnlyList<RunnerView> Runners);

/// <summary>A runner, from its lease.</summary>
internal sealed record RunnerView
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string Pool { get; init; }

    public required string Phase { get; init; }

    /// <summary>One of <see cref="RunnerStates"/>.</summary>
    public required string State { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public string? InstanceId { get; init; }

    public string? Type { get; init; }

    public string? Zone { get; init; }

    public string? UsageClass { get; init; }

    public decimal? PerHour { get; init; }

    public string? Runner { get; init; }

    public string? Holder { get; init; }

    /// <summary>EC2's notice that it takes the machine back.</summary>
    public string? Interruption { get; init; }

    public int ServedJobs { get; init; }

    public JobView? Job { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it was gone; null while it exists.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What it has done, oldest first.</summary>
    public required IReadOnlyList<SpanView> Spans { get; init; }

    /// <summary>What earlier runners of this name have done in the last hour; a pool uses its names again.</summary>
    public IReadOnlyList<SpanView> Previous { get; init; } = [];

    /// <summary>Conditions; only where one runner was asked for.</summary>
    public IReadOnlyList<ConditionView>? Conditions { get; init; }
}

/// <summary>A time that a runner spent in a state.</summary>
/// <param name="State">One of <see cref="RunnerStates"/>.</param>
/// <param name="From">Its beginning.</param>
/// <param name="To">Its end; null while it lasts.</param>
internal sealed record SpanView(string State, DateTimeOffset From, DateTimeOffset? To);

/// <summary>Some of many jobs.</summary>
internal sealed record JobsPage(DateTimeOffset Now, int Total, int Offset, IReadOnlyList<JobView> Jobs);

/// <summary>A job that runs, or waits for the runner that was asked for it, or has ended.</summary>
internal sealed record JobView
{
    /// <summary><c>waiting</c>, <c>running</c> or <c>ended</c>.</summary>
    public required string State { get; init; }

    public string? Id { get; init; }

    public string? RunId { get; init; }

    public string? Repository { get; init; }

    public string? Workflow { get; init; }

    /// <summary>Its page at GitHub.</summary>
    public string? Url { get; init; }

    public required string Namespace { get; init; }

    public required string Pool { get; init; }

    /// <summary>The name of its lease.</summary>
    public required string Runner { get; init; }

    public DateTimeOffset? QueuedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it waits.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>Who looks, and at what.</summary>
internal sealed record SessionView
{
    /// <summary><c>None</c> or <c>Token</c>.</summary>
    public required string Authentication { get; init; }

    public required string Version { get; init; }

    public string? User { get; init; }

    /// <summary>The namespaces that are shown; null for all.</summary>
    public IReadOnlyList<string>? Namespaces { get; init; }
}

/// <summary>What signs in.</summary>
internal sealed record SignInRequest
{
    public string? Token { get; init; }
}

/// <summary>An error (RFC 9457).</summary>
internal sealed record DashboardProblem(int Status, string Title, string Detail);

/// <summary>JSON of the dashboard.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DashboardView))]
[JsonSerializable(typeof(PoolDetails))]
[JsonSerializable(typeof(RunnersPage))]
[JsonSerializable(typeof(RunnerView))]
[JsonSerializable(typeof(JobsPage))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(DashboardProblem))]
internal sealed partial class DashboardJson : JsonSerializerContext;
