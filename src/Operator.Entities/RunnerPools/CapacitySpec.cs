using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Number of runners.</summary>
[ValidationRule("!has(self.maxIdle) || has(self.idlePercent) || has(self.forecast)",
    Message = "maxIdle limits what idlePercent and forecast add: give one of these too, or remove maxIdle")]
[ValidationRule("!has(self.maxIdle) || !has(self.minIdle) || self.minIdle <= self.maxIdle",
    Message = "minIdle must not be above maxIdle: raise maxIdle, or lower minIdle")]
// The API server validates the default {} of this object before it applies the defaults of its fields.
[ValidationRule("!has(self.minIdle) || !has(self.maxRunners) || self.minIdle <= self.maxRunners",
    Message = "minIdle must not be above maxRunners: raise maxRunners, or lower minIdle")]
[ValidationRule("!has(self.schedules) || !has(self.maxRunners) || self.schedules.all(s, !has(s.minIdle) || has(s.maxRunners) || s.minIdle <= self.maxRunners)",
    Message = "minIdle of a schedule must not be above the pool's maxRunners: raise it, or give the schedule its own maxRunners")]
public sealed class CapacitySpec
{
    /// <summary>Number of idle runners to keep, 0 to 10000. The <c>scale</c> subresource writes this field.</summary>
    [Default("0"), RangeMinimum(0), RangeMaximum(10_000)]
    public int? MinIdle { get; set; }

    /// <summary>
    /// Idle runners to keep as a percentage of running and queued jobs, rounded up, 0 to 1000; at least <see cref="MinIdle"/> and at most
    /// <see cref="MaxIdle"/>. Absent means that only <see cref="MinIdle"/> counts.
    /// </summary>
    [RangeMinimum(0), RangeMaximum(1000)]
    public int? IdlePercent { get; set; }

    /// <summary>
    /// Keeps idle runners ready for the jobs expected in this hour of the week from the pool's own history. Absent means no forecast.
    /// </summary>
    public ForecastSpec? Forecast { get; set; }

    /// <summary>
    /// Maximum number of idle runners due to <see cref="IdlePercent"/> and <see cref="Forecast"/>, 0 to 10000. Absent means that only <see
    /// cref="MaxRunners"/> limits them.
    /// </summary>
    [RangeMinimum(0), RangeMaximum(10_000)]
    public int? MaxIdle { get; set; }

    /// <summary>Maximum number of runners, whether idle, busy or starting, 0 to 10000.</summary>
    [Default("10"), RangeMinimum(0), RangeMaximum(10_000)]
    public int? MaxRunners { get; set; }

    /// <summary>Machines that are set up and stopped until a runner is needed. Absent means none.</summary>
    public StandbySpec? Standby { get; set; }

    /// <summary>
    /// Schedules that override the numbers, pause the pool or change the usage class; at most 50. If several are active at once, the last
    /// in the list that sets a value wins.
    /// </summary>
    [Items(0, 50), ListType("atomic")]
    public List<ScheduleSpec>? Schedules { get; set; }
}

/// <summary>
/// Machines on standby: they have booted, run the pool's scripts and been stopped, and are started when a runner is
/// needed and none is idle. They count towards <c>maxRunners</c>, and EC2 charges for their volumes alone. A machine
/// that has been started does not return to standby; another takes its place once nothing else is being launched.
/// </summary>
[ValidationRule("has(self.stopped) || has(self.hibernated)", Message = "capacity.standby: give stopped, hibernated or both")]
public sealed class StandbySpec
{
    /// <summary>Number of stopped machines to keep, 0 to 1000. They boot again when they are started.</summary>
    [RangeMinimum(0), RangeMaximum(1000)]
    public int? Stopped { get; set; }

    /// <summary>
    /// Number of hibernated machines to keep, 0 to 1000; they are started before stopped ones. Every machine of the
    /// pool is then of a type that can hibernate and whose memory fits on its root volume, which must be encrypted. The
    /// image needs EC2's hibernation agent; without it a machine is stopped instead.
    /// </summary>
    [RangeMinimum(0), RangeMaximum(1000)]
    public int? Hibernated { get; set; }

    /// <summary>
    /// The age at which a machine on standby is replaced, a duration of at most 59 days (1416h), since EC2 keeps no
    /// machine hibernated for more than 60.
    /// </summary>
    [Default("\"168h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? MaxAge { get; set; }
}

/// <summary>How a machine waits on standby.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StandbyTier>))]
public enum StandbyTier
{
    /// <summary>Stopped: it boots when it is started.</summary>
    Stopped,

    /// <summary>Hibernated: it goes on where it was.</summary>
    Hibernated,
}

/// <summary>Settings of the job forecast.</summary>
public sealed class ForecastSpec
{
    /// <summary>
    /// How many idle machine-hours are acceptable to save jobs an hour of waiting, 1 to 1000: the higher, the more runners wait for jobs.
    /// </summary>
    [Default("20"), RangeMinimum(1), RangeMaximum(1000)]
    public int? WaitFactor { get; set; }
}

/// <summary>A recurring time, and what is in effect during it.</summary>
[ValidationRule("has(self.minIdle) || has(self.maxRunners) || has(self.paused) || has(self.usageClass)",
    Message = "a schedule must change something: give minIdle, maxRunners, paused or usageClass")]
[ValidationRule("!has(self.minIdle) || !has(self.maxRunners) || self.minIdle <= self.maxRunners",
    Message = "minIdle of a schedule must not be above its maxRunners: raise maxRunners, or lower minIdle")]
public sealed class ScheduleSpec
{
    /// <summary>A descriptive name, at most 63 characters.</summary>
    [Length(1, 63)]
    public string? Name { get; set; }

    /// <summary>
    /// When it begins, in the format of a CronJob's <c>schedule</c>: minute, hour, day of the month, month, day of the week, or a macro
    /// such as <c>@daily</c>. <c>0 8 * * 1-5</c> is 8:00 on weekdays.
    /// </summary>
    [Required, Length(6, 100), Pattern(SchemaPatterns.Cron, SchemaMessages.Cron)]
    [ValidationRule("!self.matches(r'" + SchemaPatterns.CronThatNeverComes + "')",
        Message = "schedules.cron: none of these months has such a day; choose another day or month")]
    public string? Cron { get; set; }

    /// <summary>How long it lasts, a duration such as <c>10h</c>.</summary>
    [Required, Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? Duration { get; set; }

    /// <summary>The time zone of <see cref="Cron"/> by its IANA name, such as <c>Europe/Berlin</c>.</summary>
    [Default("\"UTC\""), Length(1, 64)]
    [Pattern("^[A-Za-z][A-Za-z0-9_+/-]*$", "schedules.timeZone: write the IANA name of a time zone, such as Europe/Berlin")]
    public string? TimeZone { get; set; }

    /// <summary>Idle runners to keep during the schedule, 0 to 10000. Absent means no change.</summary>
    [RangeMinimum(0), RangeMaximum(10_000)]
    public int? MinIdle { get; set; }

    /// <summary>Maximum number of runners during the schedule, 0 to 10000. Absent means no change.</summary>
    [RangeMinimum(0), RangeMaximum(10_000)]
    public int? MaxRunners { get; set; }

    /// <summary>
    /// Whether launches are paused during the schedule. Absent means no change; <c>spec.paused</c> pauses the pool regardless of schedules.
    /// </summary>
    public bool? Paused { get; set; }

    /// <summary>Usage class to buy during the schedule. Absent means no change.</summary>
    public UsageClass? UsageClass { get; set; }
}
