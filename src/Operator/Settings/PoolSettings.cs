using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.RunnerPools;
using Operator.Forges;

namespace Operator.Settings;

/// <summary>A pool's spec with durations parsed and defaults applied: the input of planners.</summary>
internal sealed record PoolSettings
{
    /// <summary>Namespace and name.</summary>
    public required NamespacedName Key { get; init; }

    public required string Uid { get; init; }

    /// <summary>Where its runners are registered.</summary>
    public string? Url { get; init; }

    /// <summary>The forge there.</summary>
    public ForgeKind Forge { get; init; }

    /// <summary>Its labels, matched against <c>runs-on</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The demand source.</summary>
    public DemandSource Demand { get; init; }

    /// <summary>Whether machines are reused.</summary>
    public RunnerLifecycle Lifecycle { get; init; }

    /// <summary>Idle runners to keep.</summary>
    public int MinIdle { get; init; }

    /// <summary>Idle runners to keep as a percentage of jobs, beyond <see cref="MinIdle"/>.</summary>
    public int IdlePercent { get; init; }

    /// <summary>The pool's job history; null without a forecast.</summary>
    public ForecastStatus? Forecast { get; init; }

    /// <summary>How many idle machine-hours an hour of waiting is worth.</summary>
    public int WaitFactor { get; init; } = DemandForecast.DefaultWaitFactor;

    /// <summary>Maximum number of idle runners due to the percentage and the forecast.</summary>
    public int MaxIdle { get; init; } = int.MaxValue;

    /// <summary>Maximum number of live and pending runners.</summary>
    public int MaxRunners { get; init; }

    /// <summary>Machines to keep on standby.</summary>
    public StandbySettings Standby { get; init; } = StandbySettings.None;

    /// <summary>The schedules currently in effect, by name.</summary>
    public IReadOnlyList<string> ActiveSchedules { get; init; } = [];

    /// <summary>When a schedule next changes something.</summary>
    public DateTimeOffset? NextScheduleTime { get; init; }

    /// <summary>The usage class unless a lease overrides it, from the spec or a schedule.</summary>
    public UsageClass UsageClass { get; init; }

    /// <summary>Purchasing settings; for the usage class use <see cref="UsageClass"/>.</summary>
    public PurchasingSpec Purchasing { get; init; } = new();

    /// <summary>Until when spot is avoided because of too many interruptions; null if it is not.</summary>
    public DateTimeOffset? OnDemandUntil { get; init; }

    /// <summary>Machines from before this time are to be replaced; null for none.</summary>
    public DateTimeOffset? RotateAt { get; init; }

    public required PoolTimes Times { get; init; }

    /// <summary>Null for the default class.</summary>
    public string? ResourceClassName { get; init; }

    /// <summary>The labels by which its runners describe their machines.</summary>
    public IReadOnlyList<SelfLabel> SelfLabels { get; init; } = [];

    /// <summary>The architecture of its machines, or <c>any</c>; null while its class is not known.</summary>
    public string? Architecture { get; init; }

    /// <summary>The runner's work folder.</summary>
    public string WorkFolder { get; init; } = "_work";

    /// <summary>Where machines are launched.</summary>
    public AwsAccount Account { get; init; } = AwsAccount.Default;

    /// <summary>Who launches its machines.</summary>
    public LaunchBackend Backend { get; init; }

    /// <summary>The pool's scale set at GitHub, once created.</summary>
    public long? ScaleSetId { get; init; }

    /// <summary>Its target: ids are unique per host only.</summary>
    public string? ScaleSetUrl { get; init; }

    /// <summary>Whether the pool has switched to another demand source while its scale set still has jobs assigned.</summary>
    public bool LeavesScaleSet => Demand != DemandSource.ScaleSet && ScaleSetId is not null;

    /// <summary>Whether launches are paused by a person or a schedule.</summary>
    public bool IsPaused { get; init; }

    /// <summary>The budget that has been reached; null for none.</summary>
    public ReachedBudget? ReachedBudget { get; init; }

    /// <summary>Whether nothing may be launched, whatever the demand.</summary>
    public bool LaunchesNothing => IsPaused || ReachedBudget is not null;

    public bool IsDeleting { get; init; }

    /// <summary>Maximum number of reruns for lost jobs; 0 for none.</summary>
    public int RerunLimit { get; init; }

    /// <summary>The rerun from which on machines are bought on demand.</summary>
    public int RerunOnDemandFrom { get; init; } = 2;

    /// <summary>Whether spot machines are replaced on EC2's rebalance recommendation.</summary>
    public bool ReplacesOnRebalance { get; init; }

    /// <summary>Jobs that were lost with their machines.</summary>
    public IReadOnlyList<LostJobStatus> LostJobs { get; init; } = [];

    /// <summary>Whether a machine that a run of one repository has held and used may go to another.</summary>
    public bool SharesMachines { get; init; }

    /// <summary>The most runners that the runs of one repository hold by the lease API; null for no limit of its own.</summary>
    public int? MaxPerRepository { get; init; }

    /// <summary>For how long one registration token is given to machines that register themselves; null where runners have just-in-time configurations.</summary>
    public TimeSpan? TokenRefresh { get; init; }

    /// <summary>What scripts of its machines and their containers get from Secrets.</summary>
    public IReadOnlyList<SecretVariable> SecretRefs { get; init; } = [];

    /// <summary>Whether leases may bring a script of their own.</summary>
    public bool AllowsScripts { get; init; }

    /// <summary>How machines of the launch template boot.</summary>
    public BootStatus? Boots { get; init; }

    /// <summary>Boot records of the further launch templates.</summary>
    public IReadOnlyList<BootStatus> FurtherBoots { get; init; } = [];

    /// <summary>The launch template in use, once it exists.</summary>
    public LaunchTemplateRef? Template { get; init; }

    /// <summary>The launch templates beside it.</summary>
    public IReadOnlyList<PoolTemplate> FurtherTemplates { get; init; } = [];

    /// <summary>Which machines it wants; null while not known.</summary>
    public MachineFit? Fit { get; init; }

    /// <summary>Whether its runners serve one repository alone, this one.</summary>
    /// <param name="repository">Owner and name.</param>
    public bool IsOfRepository(string repository) =>
        Url is { } url && Uri.TryCreate(url, UriKind.Absolute, out var page) && string.Equals(page.AbsolutePath.Trim('/'), repository, StringComparison.OrdinalIgnoreCase);

    /// <summary>Idle runners to keep beside so many jobs.</summary>
    /// <param name="jobs">Jobs that run or wait.</param>
    /// <param name="now">The time of day matters to a forecast.</param>
    public int IdleFor(int jobs, DateTimeOffset now)
    {
        var share = Math.Ceiling(jobs * (long)IdlePercent / 100m);
        var expected = Forecast is null ? 0 : DemandForecast.IdleRunners(Forecast, WaitFactor, now);
        return (int)Math.Max(MinIdle, Math.Min(MaxIdle, Math.Max(share, expected)));
    }
}

/// <summary>Machines that a pool keeps on standby.</summary>
/// <param name="Stopped">How many stopped ones.</param>
/// <param name="Hibernated">How many hibernated ones.</param>
/// <param name="MaxAge">How old they may become.</param>
internal sealed record StandbySettings(int Stopped, int Hibernated, TimeSpan MaxAge)
{
    /// <summary>The schema's default.</summary>
    public static readonly TimeSpan DefaultMaxAge = TimeSpan.FromDays(7);

    /// <summary>No machines.</summary>
    public static StandbySettings None { get; } = new(0, 0, DefaultMaxAge);
}

/// <summary>The durations of a pool.</summary>
/// <param name="MaxRuntime">Maximum run time of a job.</param>
/// <param name="MaxAge">Maximum age of an idle machine.</param>
/// <param name="IdleTimeout">How long a runner above <c>minIdle</c> may be idle.</param>
/// <param name="BootTimeout">From launch to a connected runner.</param>
/// <param name="DrainTimeout">How long a busy runner may continue after its deletion was requested.</param>
internal sealed record PoolTimes(
    TimeSpan MaxRuntime, TimeSpan MaxAge, TimeSpan IdleTimeout, TimeSpan BootTimeout, TimeSpan DrainTimeout);
