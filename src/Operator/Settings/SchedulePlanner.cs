using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>What a pool's schedules ask for at an instant. Pure; nothing is written to the spec, so Git never differs.</summary>
internal static class SchedulePlanner
{
    /// <summary>No schedule window is longer.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(31);

    /// <summary>The capacity of the moment: of several windows that hold at once, the last in the list that sets a value counts.</summary>
    public static ScheduledCapacity At(CapacitySpec capacity, DateTimeOffset now)
    {
        var result = new ScheduledCapacity(capacity.MinIdle ?? 0, capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners);
        foreach (var schedule in capacity.Schedules ?? [])
        {
            if (Read(schedule) is not { } window)
            {
                continue;
            }

            if (window.LastStart(now) is { } begun && now < begun + window.Duration)
            {
                result = new(schedule.MinIdle ?? result.MinIdle, schedule.MaxRunners ?? result.MaxRunners)
                {
                    IsPaused = schedule.Paused ?? result.IsPaused,
                    UsageClass = schedule.UsageClass ?? result.UsageClass,
                    Active = [.. result.Active, schedule.Name ?? schedule.Cron!],
                    NextChange = Earlier(result.NextChange, begun + window.Duration),
                };
            }

            result = result with { NextChange = Earlier(result.NextChange, window.Cron.Next(now, window.Zone)) };
        }

        return result with { MinIdle = Math.Min(result.MinIdle, result.MaxRunners) };
    }

    /// <summary>Why a schedule cannot be understood, or null.</summary>
    public static string? ProblemOf(ScheduleSpec schedule) =>
        CronSchedule.Parse(schedule.Cron) is null ? $"'{schedule.Cron}' is not a schedule of a CronJob such as '0 8 * * 1-5' (minute, hour, day of the month, month, day of the week) or '@daily'"
        : !DurationText.TryParse(schedule.Duration, out var duration) || duration <= TimeSpan.Zero || duration > LongestWindow
            ? $"'{schedule.Duration}' is not a duration between 1m and 744h such as 10h"
        : !TimeZoneInfo.TryFindSystemTimeZoneById(schedule.TimeZone ?? "UTC", out _)
            ? $"'{schedule.TimeZone}' is not a time zone such as Europe/Berlin"
        : null;

    private static Window? Read(ScheduleSpec schedule) =>
        ProblemOf(schedule) is null && CronSchedule.Parse(schedule.Cron) is { } cron && DurationText.TryParse(schedule.Duration, out var duration)
            ? new(cron, duration, TimeZoneInfo.FindSystemTimeZoneById(schedule.TimeZone ?? "UTC"))
            : null;

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null || one < other ? one : other;

    private sealed record Window(CronSchedule Cron, TimeSpan Duration, TimeZoneInfo Zone)
    {
        /// <summary>The latest start at or before an instant, no further back than the window is long.</summary>
        public DateTimeOffset? LastStart(DateTimeOffset now) => Cron.Last(now, Duration, Zone);
    }
}

/// <summary>What the schedules ask for.</summary>
/// <param name="MinIdle">Idle runners to keep now.</param>
/// <param name="MaxRunners">Runners at most now.</param>
internal sealed record ScheduledCapacity(int MinIdle, int MaxRunners)
{
    /// <summary>Whether a schedule pauses launches now.</summary>
    public bool IsPaused { get; init; }

    /// <summary>What to buy now; null where no schedule says so.</summary>
    public UsageClass? UsageClass { get; init; }

    /// <summary>The schedules that hold now, by name.</summary>
    public IReadOnlyList<string> Active { get; init; } = [];

    /// <summary>When any of this may change.</summary>
    public DateTimeOffset? NextChange { get; init; }
}
