using System.Globalization;
using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Parses a pool's spec, or says what to change.</summary>
internal static class PoolValidation
{
    /// <summary>Maximum length of a pool's name, which is part of runner names of 64 characters.</summary>
    public const int MaxNameLength = 40;

    /// <summary>How long a machine may outlive its <c>maxAge</c> and <c>maxRuntime</c>, by its own watchdog.</summary>
    public static readonly TimeSpan HostMargin = TimeSpan.FromHours(2);

    /// <summary>The schema's default, for an API server that has not applied it.</summary>
    public const int DefaultMaxRunners = 10;

    /// <summary>Windows restarts several times while it is set up.</summary>
    public static readonly TimeSpan WindowsBootTimeout = TimeSpan.FromMinutes(20);

    /// <summary>Reads a pool's spec at a given time, including what its status records.</summary>
    public static ReadPool Read(V1Alpha1RunnerPool pool, DateTimeOffset now)
    {
        var read = ReadSpec(pool, now);
        return read.Settings is { } settings ? read with { Settings = WithStatus(settings, pool, now) } : read;
    }

    /// <summary>Reads only a pool's spec: the result is valid until its generation or a schedule changes.</summary>
    public static ReadPool ReadSpec(V1Alpha1RunnerPool pool, DateTimeOffset now)
    {
        var spec = pool.Spec;
        var problem = PoolProblems.Find(pool).FirstOrDefault();
        if (problem is not null)
        {
            return new(Settings: null, problem.Reason, problem.Message);
        }

        var capacity = SchedulePlanner.At(spec.Capacity, now);
        var settings = new PoolSettings
        {
            Key = NamespacedName.From(pool),
            Uid = pool.Metadata.Uid ?? "",
            Labels = PoolTargets.LabelsOf(pool),
            Demand = DemandOf(pool),
            Lifecycle = spec.Runner.Lifecycle ?? RunnerLifecycle.Ephemeral,
            MinIdle = capacity.MinIdle,
            SelfLabels = PoolTargets.SelfLabelsOf(spec),
            IdlePercent = spec.Capacity.IdlePercent ?? 0,
            WaitFactor = spec.Capacity.Forecast?.WaitFactor ?? DemandForecast.DefaultWaitFactor,
            MaxIdle = spec.Capacity.MaxIdle ?? int.MaxValue,
            MaxRunners = capacity.MaxRunners,
            Standby = StandbyOf(spec.Capacity.Standby),
            ActiveSchedules = capacity.Active,
            NextScheduleTime = capacity.NextChange,
            UsageClass = capacity.UsageClass ?? spec.Purchasing.UsageClass ?? UsageClass.Spot,
            Purchasing = spec.Purchasing,
            Url = PoolTargets.TryParse(spec, out var target, out _) ? target.WebUrl.AbsoluteUri : null,
            Forge = PoolTargets.ForgeOf(spec),
            Times = TimesOf(spec.Runner),
            ResourceClassName = spec.ResourceClassName,
            WorkFolder = spec.Runner.WorkFolder ?? "_work",
            Account = PoolQueries.AccountOf(spec.Launch),
            Backend = spec.Launch.Backend ?? LaunchBackend.Fleet,
            IsPaused = spec.Paused == true || capacity.IsPaused,
            RerunLimit = spec.Rerun.Limit ?? 1,
            RerunOnDemandFrom = spec.Rerun.OnDemandFrom ?? 2,
            SharesMachines = spec.Access?.ShareMachines == true,
            MaxPerRepository = spec.Access?.MaxPerRepository,
            TokenRefresh = spec.Runner.Registration == RunnerRegistration.Token ? Read(spec.Runner.TokenRefresh, TimeSpan.FromMinutes(30)) : null,
            SecretRefs = SecretsOf(spec.Runner),
            AllowsScripts = spec.JobOverrides?.PreRunnerScript == true,
            ReplacesOnRebalance = spec.Purchasing.OnRebalance == RebalanceAction.Replace,
        };
        return new(settings, RunnerPoolReasons.Valid, "the spec is valid");
    }

    /// <summary>Adds what the pool's status records to the settings.</summary>
    public static PoolSettings WithStatus(PoolSettings settings, V1Alpha1RunnerPool pool, DateTimeOffset now) => settings with
    {
        Times = pool.Spec.Runner.BootTimeout is null && Platforms.IsWindows(pool.Status?.LaunchTemplate?.Platform ?? "") ? settings.Times with { BootTimeout = WindowsBootTimeout } : settings.Times,
        Labels = pool.Spec.GitLab is null ? settings.Labels : PoolTargets.LabelsOf(pool),
        ScaleSetId = pool.Status?.ScaleSet?.Id,
        ScaleSetUrl = pool.Status?.ScaleSet?.Url,
        Boots = pool.Status?.Boots,
        FurtherBoots = pool.Status?.FurtherBoots ?? [],
        ReachedBudget = BudgetPlanner.Reached(pool.Spec.Purchasing.Budget, pool.Status?.Cost, CostPlanner.Amount(pool.Status?.HourlyCost), now),
        Forecast = pool.Spec.Capacity.Forecast is null ? null : pool.Status?.Forecast ?? new(),
        OnDemandUntil = InterruptionBreaker.IsOpen(pool.Spec.Purchasing.InterruptionBreaker, pool.Status?.Interruptions, now) ? pool.Status!.Interruptions!.OnDemandUntil : null,
        RotateAt = RotationOf(pool) is { Length: > 0 } text && TryReadTime(text, out var time) ? time : null,
        LostJobs = pool.Status?.LostJobs ?? [],
        IsDeleting = pool.Metadata.DeletionTimestamp is not null,
        Template = TemplateOf(pool.Status?.LaunchTemplate),
        FurtherTemplates =
        [
            .. (pool.Status?.FurtherTemplates ?? []).Select(known => new PoolTemplate(
                new(known.ResourceClassName, known.Image, known.Architecture, known.OnRequest == true), TemplateOf(known.Template)) { Reason = known.Reason, Message = known.Message }),
        ],
    };

    private static LaunchTemplateRef? TemplateOf(LaunchTemplateStatus? status) => status is { Id: { } id, Name: { } name, Version: { } version, Hash: { } hash }
        ? new(id, name, version, hash)
        {
            RootDevice = status.RootDevice,
            RootVolumeMinGiB = status.RootVolumeMinGiB ?? 0,
            IsStartedByCommand = status.Bootstrap == HostBootstrap.SSM,
            VolumesHourlyPrice = status.VolumesHourlyPrice,
            Architecture = status.Architecture,
            Platform = status.Platform ?? Platforms.Linux,
        }
        : null;

    /// <summary>The value of the annotation that asks for a rotation of the machines; null where nobody did.</summary>
    public static string? RotationOf(V1Alpha1RunnerPool pool) => pool.Metadata.Annotations?.GetValueOrDefault(Annotations.Rotate);

    /// <summary>Parses a time with its offset, as written by <c>date -Is</c> and <c>date -u +%FT%TZ</c>.</summary>
    private static bool TryReadTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"], CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>A pool's demand source, with the schema's default.</summary>
    public static DemandSource DemandOf(V1Alpha1RunnerPool pool) => PoolTargets.DemandOf(pool.Spec);

    /// <summary>The durations of a spec, with the schema's defaults.</summary>
    public static PoolTimes TimesOf(RunnerSpec runner) => new(
        Read(runner.MaxRuntime, TimeSpan.FromHours(6)),
        Read(runner.MaxAge, TimeSpan.FromHours(12)),
        Read(runner.IdleTimeout, TimeSpan.FromMinutes(5)),
        Read(runner.BootTimeout, TimeSpan.FromMinutes(10)),
        Read(runner.DrainTimeout, TimeSpan.FromHours(6)));

    private static StandbySettings StandbyOf(StandbySpec? standby) => standby is null ? StandbySettings.None
        : new(standby.Stopped ?? 0, standby.Hibernated ?? 0, Read(standby.MaxAge, StandbySettings.DefaultMaxAge));

    /// <summary>What machines get from Secrets: their scripts and their container's, each variable once.</summary>
    public static IReadOnlyList<SecretVariable> SecretsOf(RunnerSpec runner) =>
        [.. (runner.SecretRefs ?? []).Concat(runner.Container?.SecretRefs ?? []).DistinctBy(secret => secret.Name, StringComparer.Ordinal)];

    /// <summary>How long a machine that failed stays on; null for not at all.</summary>
    public static TimeSpan? HoldOf(RunnerSpec runner) => DurationText.TryParse(runner.HoldOnFailure, out var hold) && hold > TimeSpan.Zero ? hold : null;

    private static TimeSpan Read(string? text, TimeSpan otherwise) => DurationText.TryParse(text, out var duration) ? duration : otherwise;
}

/// <summary>The result of reading a pool's spec.</summary>
/// <param name="Settings">Null if something must be changed first.</param>
/// <param name="Reason">One word for the <c>Accepted</c> condition.</param>
/// <param name="Message">What to change.</param>
internal sealed record ReadPool(PoolSettings? Settings, string Reason, string Message);
