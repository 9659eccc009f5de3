using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Applies a pool's schedules at a given time. Pure; nothing is written to the spec, so there is no drift from Git.</summary>
internal static class SchedulePlanner
{
    /// <summary>Maximum length of a schedule window.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(31);

    /// <summary>The current capacity: if several windows overlap, the last one in the list that sets a value wins.</summary>
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

    /// <summary>Why a schedule is invalid; null if it is valid.</summary>
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
        /// <summary>The latest start at or before a given time, within the length of the window.</summary>
        public DateTimeOffset? LastStart(DateTimeOffset now) => Cron.Last(now, Duration, Zone);
    }
}

/// <summary>What the schedules set.</summary>
/// <param name="MinIdle">Idle runners to keep now.</param>
/// <param name="MaxRunners">Current maximum number of runners.</param>
internal sealed record ScheduledCapacity(int MinIdle, int MaxRunners)
{
    /// <summary>Whether a schedule currently pauses launches.</summary>
    public bool IsPaused { get; init; }

    /// <summary>The current usage class; null if no schedule sets one.</summary>
    public UsageClass? UsageClass { get; init; }

    /// <summary>The schedules currently in effect, by name.</summary>
    public IReadOnlyList<string> Active { get; init; } = [];

    /// <summary>When any of this may change.</summary>
    public DateTimeOffset? NextChange { get; init; }
}
