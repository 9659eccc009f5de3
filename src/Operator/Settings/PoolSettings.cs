using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>A pool's spec with its durations and defaults understood: what planners decide by.</summary>
internal sealed record PoolSettings
{
    /// <summary>Namespace and name.</summary>
    public required NamespacedName Key { get; init; }

    public required string Uid { get; init; }

    /// <summary>Where its runners are registered.</summary>
    public string? Url { get; init; }

    /// <summary>What <c>runs-on</c> must say to reach an idle runner.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Where its demand comes from.</summary>
    public DemandSource Demand { get; init; }

    /// <summary>Whether a machine serves again.</summary>
    public RunnerLifecycle Lifecycle { get; init; }

    /// <summary>Idle runners to keep.</summary>
    public int MinIdle { get; init; }

    /// <summary>Idle runners to keep as a percentage of jobs, beyond <see cref="MinIdle"/>.</summary>
    public int IdlePercent { get; init; }

    /// <summary>What is known of the pool's jobs; null where no forecast is wanted.</summary>
    public ForecastStatus? Forecast { get; init; }

    /// <summary>How many idle machine-hours an hour of waiting is worth.</summary>
    public int WaitFactor { get; init; } = DemandForecast.DefaultWaitFactor;

    /// <summary>The most idle runners that the percentage and the forecast ask for.</summary>
    public int MaxIdle { get; init; } = int.MaxValue;

    /// <summary>Live and pending runners at most.</summary>
    public int MaxRunners { get; init; }

    /// <summary>The schedules that hold now, by name.</summary>
    public IReadOnlyList<string> ActiveSchedules { get; init; } = [];

    /// <summary>When a schedule changes something next.</summary>
    public DateTimeOffset? NextScheduleTime { get; init; }

    /// <summary>What to buy unless a lease says otherwise: as the spec or a schedule has it.</summary>
    public UsageClass UsageClass { get; init; }

    /// <summary>How to buy; the usage class is <see cref="UsageClass"/>.</summary>
    public PurchasingSpec Purchasing { get; init; } = new();

    /// <summary>Until when spot machines are left alone because EC2 takes too many back; null while they are not.</summary>
    public DateTimeOffset? OnDemandUntil { get; init; }

    /// <summary>Machines from before this time are to be replaced; null where nobody asked for that.</summary>
    public DateTimeOffset? RotateAt { get; init; }

    public required PoolTimes Times { get; init; }

    /// <summary>Null is the default class.</summary>
    public string? ResourceClassName { get; init; }

    /// <summary>What its runners tell of their machines.</summary>
    public IReadOnlyList<SelfLabel> SelfLabels { get; init; } = [];

    /// <summary>The architecture of its machines, or <c>any</c>; null while its class is not known.</summary>
    public string? Architecture { get; init; }

    /// <summary>The runner's folder for jobs.</summary>
    public string WorkFolder { get; init; } = "_work";

    /// <summary>Where new machines are launched.</summary>
    public AwsAccount Account { get; init; } = AwsAccount.Default;

    /// <summary>The pool's scale set at GitHub, once it is made.</summary>
    public long? ScaleSetId { get; init; }

    /// <summary>Where that is: ids are unique at one host only.</summary>
    public string? ScaleSetUrl { get; init; }

    /// <summary>Whether the pool has another source of demand now, while its scale set is still there for the jobs that are assigned to it.</summary>
    public bool LeavesScaleSet => Demand != DemandSource.ScaleSet && ScaleSetId is not null;

    /// <summary>Whether a person or a schedule lets nothing new be launched.</summary>
    public bool IsPaused { get; init; }

    /// <summary>The budget that is reached; null if none.</summary>
    public ReachedBudget? ReachedBudget { get; init; }

    /// <summary>Whether nothing new may be launched, whatever the demand.</summary>
    public bool LaunchesNothing => IsPaused || ReachedBudget is not null;

    public bool IsDeleting { get; init; }

    /// <summary>How many attempts of a run are started again for lost jobs; 0 is none.</summary>
    public int RerunLimit { get; init; }

    /// <summary>From which of these on their machines are bought on demand.</summary>
    public int RerunOnDemandFrom { get; init; } = 2;

    /// <summary>Whether a spot machine is left where EC2 recommends it.</summary>
    public bool ReplacesOnRebalance { get; init; }

    /// <summary>Jobs that were lost with their machines.</summary>
    public IReadOnlyList<LostJobStatus> LostJobs { get; init; } = [];

    /// <summary>Whether a machine that a run of one repository has held and used may go to another.</summary>
    public bool SharesMachines { get; init; }

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

/// <summary>The durations of a pool.</summary>
/// <param name="MaxRuntime">The longest that a job may run.</param>
/// <param name="MaxAge">The oldest that an idle machine may get.</param>
/// <param name="IdleTimeout">How long a runner above <c>minIdle</c> may be idle.</param>
/// <param name="BootTimeout">From launch to a connected runner.</param>
/// <param name="DrainTimeout">How long a busy runner may finish after its deletion was asked for.</param>
internal sealed record PoolTimes(
    TimeSpan MaxRuntime, TimeSpan MaxAge, TimeSpan IdleTimeout, TimeSpan BootTimeout, TimeSpan DrainTimeout);
