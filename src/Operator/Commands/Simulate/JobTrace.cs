namespace Operator.Commands.Simulate;

/// <summary>A job of a trace.</summary>
/// <param name="QueuedAt">When it is queued.</param>
/// <param name="Duration">How long it runs.</param>
/// <param name="Labels">Its <c>runs-on</c> labels; none means any pool.</param>
internal sealed record TracedJob(DateTimeOffset QueuedAt, TimeSpan Duration, IReadOnlyList<string> Labels);

/// <summary>Jobs in the order in which they are queued.</summary>
/// <param name="Jobs">At least one.</param>
internal sealed record JobTrace(IReadOnlyList<TracedJob> Jobs)
{
    /// <summary>Enough for a month of a large organization.</summary>
    public const int MostJobs = 500_000;

    /// <summary>The longest trace.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(92);

    /// <summary>GitHub ends a job on a self-hosted runner after five days.</summary>
    public static readonly TimeSpan LongestJob = TimeSpan.FromDays(5);

    /// <summary>The start of the hour of the first job: what is counted begins then.</summary>
    public DateTimeOffset From => HourOf(Jobs[0].QueuedAt);

    /// <summary>The end of the hour of the last job: what is counted ends then, or with the last job.</summary>
    public DateTimeOffset Until => HourOf(Jobs[^1].QueuedAt).AddHours(1);

    private static DateTimeOffset HourOf(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
}
