using Operator.Aws.HostScripts;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Finds what is wrong with a pool's spec: what the schema cannot express, and what an API server without CEL accepted.</summary>
internal static class PoolProblems
{
    // EC2 keeps no machine hibernated for more than 60 days.
    private static readonly TimeSpan MaxStandbyAge = TimeSpan.FromDays(59);

    private static readonly TimeSpan JitConfigLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestHold = TimeSpan.FromHours(4);

    /// <summary>What must be changed, in the order of the spec; nothing when the pool can be served.</summary>
    public static IEnumerable<SpecProblem> Find(V1Alpha1RunnerPool pool) =>
        [.. OfIdentity(pool), .. GitLabProblems.Find(pool.Spec), .. OfCapacity(pool.Spec.Capacity), .. OfStandby(pool.Spec), .. OfPurchasing(pool.Spec), .. OfLaunch(pool.Spec.Launch, PoolValidation.TimesOf(pool.Spec.Runner)), .. OfImages(pool.Spec), .. OfVolumes(pool.Spec.Launch), .. OfRunner(pool.Spec.Runner), .. ContainerProblems.Find(pool.Spec.Runner), .. WarmUps.Find(pool.Spec)];

    private static IEnumerable<SpecProblem> OfIdentity(V1Alpha1RunnerPool pool)
    {
        if ((pool.Metadata.Name ?? "").Length > PoolValidation.MaxNameLength)
        {
            yield return new(RunnerPoolReasons.NameTooLong, $"shorten the pool's name to at most {PoolValidation.MaxNameLength} characters: it becomes part of runner names and tags");
        }

        if (!PoolTargets.TryParse(pool.Spec, out _, out var problem))
        {
            yield return new(RunnerPoolReasons.InvalidUrl, problem);
        }

        if (pool.Spec.Runner.Registration == RunnerRegistration.Token && PoolValidation.DemandOf(pool) == DemandSource.ScaleSet)
        {
            yield return new(RunnerPoolReasons.RegistrationNotPossible, "spec.runner.registration: the runners of a scale set have just-in-time configurations only; set github.demand to Webhook or LeasesOnly, or leave registration out");
        }

        if (pool.Spec is { GitLab: null, GitHub: null or { Labels: not { Count: > 0 } } })
        {
            yield return new(RunnerPoolReasons.NoLabels, "spec.github.labels: add at least one label, so that runs-on can select the pool");
        }
    }

    private static IEnumerable<SpecProblem> OfCapacity(CapacitySpec capacity)
    {
        var maxRunners = capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners;
        if ((capacity.MinIdle ?? 0) > maxRunners)
        {
            yield return new(RunnerPoolReasons.InvalidCapacity, "spec.capacity: minIdle must not be above maxRunners");
        }

        if (capacity.MinIdle > capacity.MaxIdle)
        {
            yield return new(RunnerPoolReasons.InvalidCapacity, "spec.capacity: minIdle must not be above maxIdle");
        }

        foreach (var schedule in capacity.Schedules ?? [])
        {
            if (SchedulePlanner.ProblemOf(schedule) is { } fault)
            {
                yield return new(RunnerPoolReasons.InvalidSchedule, $"spec.capacity.schedules: {fault}");
            }
            else if (schedule.MinIdle > (schedule.MaxRunners ?? maxRunners))
            {
                yield return new(
                    RunnerPoolReasons.InvalidSchedule, $"spec.capacity.schedules: minIdle {schedule.MinIdle} is above the maxRunners in effect; raise that, or lower minIdle");
            }
        }
    }

    private static IEnumerable<SpecProblem> OfStandby(RunnerPoolSpec spec)
    {
        if (spec.Capacity.Standby is not { } standby)
        {
            yield break;
        }

        if (spec.Purchasing.UsageClass != UsageClass.OnDemand || spec.Capacity.Schedules?.Any(schedule => schedule.UsageClass is not (null or UsageClass.OnDemand)) == true)
        {
            yield return new(
                RunnerPoolReasons.InvalidCapacity, "spec.capacity.standby: EC2 cannot stop and start spot machines of this kind; set purchasing.usageClass to on-demand, in schedules too, or remove standby");
        }

        if (spec.Launch.Bootstrap == HostBootstrap.SSM)
        {
            yield return new(
                RunnerPoolReasons.InvalidCapacity, "spec.capacity.standby: a stopped machine goes on by cloud-init when it starts again; set launch.bootstrap to UserData, or remove standby");
        }

        if (PoolValidation.SecretsOf(spec.Runner).Count > 0)
        {
            yield return new(RunnerPoolReasons.InvalidCapacity, "spec.capacity.standby: secrets are not kept on a machine that stops; remove secretRefs of runner and its container, or standby");
        }

        if (standby.Hibernated > 0 && spec.Launch.Volumes?.Exists(volume => volume.Encrypted == true && PoolQueries.MayBeRoot(volume)) != true)
        {
            yield return new(
                RunnerPoolReasons.InvalidCapacity, "spec.capacity.standby.hibernated: EC2 hibernates onto an encrypted root volume alone; add {deviceName: root, encrypted: true} to launch.volumes");
        }

        if (standby.MaxAge is { } text && !(DurationText.TryParse(text, out var age) && age > TimeSpan.Zero && age <= MaxStandbyAge))
        {
            yield return new(RunnerPoolReasons.InvalidDuration, $"spec.capacity.standby.maxAge: '{text}' is not a duration of at most 1416h, such as 168h");
        }
    }

    private static IEnumerable<SpecProblem> OfPurchasing(RunnerPoolSpec spec)
    {
        var purchasing = spec.Purchasing;
        if (spec.Launch.Placement?.Tenancy == Tenancy.Host
            && (purchasing.UsageClass != UsageClass.OnDemand || spec.Capacity.Schedules?.Any(schedule => schedule.UsageClass == UsageClass.Spot) == true))
        {
            yield return new(
                RunnerPoolReasons.InvalidPurchasing, "spec.launch.placement.tenancy: there is no spot capacity on dedicated hosts; set spec.purchasing.usageClass to on-demand, "
                + "in schedules too, or choose another tenancy");
        }

        if (purchasing is { UsageClass: UsageClass.OnDemand } and not { MaxSpotPrice: null, OnDemandFallback: null })
        {
            yield return new(
                RunnerPoolReasons.InvalidPurchasing, "spec.purchasing: maxSpotPrice and onDemandFallback have no effect on demand; remove them, or set usageClass to spot");
        }

        if ((purchasing.UsageClass == UsageClass.Reserved || spec.Capacity.Schedules?.Any(schedule => schedule.UsageClass == UsageClass.Reserved) == true)
            && purchasing.CapacityReservations is not { Count: > 0 })
        {
            yield return new(RunnerPoolReasons.InvalidPurchasing, "spec.purchasing: usageClass reserved, in schedules too, needs capacityReservations; name them by id or tags");
        }

        if (purchasing.CapacityReservations?.Exists(selector => (selector.Id is null) == (selector.Tags is not { Count: > 0 })) == true)
        {
            yield return new(RunnerPoolReasons.InvalidPurchasing, "spec.purchasing.capacityReservations: give exactly one of id and tags in each");
        }

        if (purchasing.MaxPriceFactor is { } factor && !PriceFactor.TryParse(factor.Value, out _))
        {
            yield return new(RunnerPoolReasons.InvalidPurchasing, $"spec.purchasing.maxPriceFactor: '{factor.Value}' is not a number from 1 to 1000, such as 3 or \"2.5\"");
        }
    }

    private static IEnumerable<SpecProblem> OfLaunch(LaunchSpec launch, PoolTimes times)
    {
        var images = new[] { launch.Image.Id is not null, launch.Image.SsmParameter is not null, launch.Image.Selector is not null };
        if (images.Count(given => given) != 1)
        {
            yield return new(RunnerPoolReasons.InvalidImage, "spec.launch.image: give exactly one of id, ssmParameter and selector");
        }

        if (launch.Bootstrap == HostBootstrap.SSM && times.MaxAge + times.MaxRuntime + PoolValidation.HostMargin > HostCommands.LongestRun)
        {
            yield return new(
                RunnerPoolReasons.InvalidDuration, "spec.launch.bootstrap: a command of Systems Manager runs for at most 48 hours; lower runner.maxAge and runner.maxRuntime to less than 46 hours together, or set bootstrap to UserData");
        }

        foreach (var key in launch.Tags?.Keys ?? Enumerable.Empty<string>())
        {
            if (key.Length is 0 or > 128 || key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) || key.StartsWith("ec2runners.dev:", StringComparison.Ordinal))
            {
                yield return new(RunnerPoolReasons.InvalidTag, $"spec.launch.tags: '{key}' must have 1 to 128 characters and not begin with aws: or ec2runners.dev:");
            }
        }
    }

    private static IEnumerable<SpecProblem> OfImages(RunnerPoolSpec spec)
    {
        var images = spec.Launch.Images ?? [];
        if (images.Any(image => new[] { image.Id is not null, image.SsmParameter is not null, image.Selector is not null }.Count(given => given) != 1))
        {
            yield return new(RunnerPoolReasons.InvalidImage, "spec.launch.images: give each exactly one of id, ssmParameter and selector");
        }

        if (images.Any(image => image.Architecture == Architecture.Any || image is { Name: null, Architecture: null }))
        {
            yield return new(RunnerPoolReasons.InvalidImage, "spec.launch.images: give each a name, the architecture amd64 or arm64, or both");
        }

        if (images.GroupBy(image => (image.Name, image.Architecture)).Any(same => same.Count() > 1))
        {
            yield return new(RunnerPoolReasons.InvalidImage, "spec.launch.images: two of them have the same name and architecture; change one");
        }

        if ((spec.JobOverrides?.Images ?? []).Find(name => !images.Exists(image => image.Name == name)) is { } unknown)
        {
            yield return new(RunnerPoolReasons.InvalidImage, $"spec.jobOverrides.images: spec.launch.images has no image with the name '{unknown}'; add it there, or leave it out here");
        }
    }

    private static IEnumerable<SpecProblem> OfVolumes(LaunchSpec launch)
    {
        foreach (var volume in launch.Volumes ?? [])
        {
            var problem = volume switch
            {
                { Iops: not null, Type: not (null or "gp3" or "io1" or "io2") } => "only gp3, io1 and io2 have provisioned IOPS; choose one of these types, or leave iops out",
                { Type: "io1" or "io2", Iops: null } => $"{volume.Type} needs iops",
                { Type: "gp3", Iops: < 3000 or > 80_000 } => "gp3 has 3000 to 80000 IOPS",
                { Type: "io1", Iops: > 64_000 } => "io1 has at most 64000 IOPS; use io2 for more",
                { Throughput: not null, Type: not (null or "gp3") } => "only gp3 has a provisioned throughput; choose that type, or leave throughput out",
                { Throughput: { } throughput } when throughput * 4 > (volume.Iops ?? 3000) => "EC2 wants four IOPS for each MiB per second; raise iops, or lower throughput",
                _ => null,
            };
            if (problem is not null)
            {
                yield return new(RunnerPoolReasons.InvalidVolumes, $"spec.launch.volumes: {volume.DeviceName}: {problem}");
            }
        }
    }

    // A job may well be shorter than a boot: maxRuntime has no part in this.
    private static IEnumerable<string> OfTimes(PoolTimes times)
    {
        if (times.BootTimeout >= times.MaxAge)
        {
            yield return "maxAge must be longer than bootTimeout, or machines would be replaced as soon as they are up";
        }

        if (times.IdleTimeout >= times.MaxAge)
        {
            yield return "maxAge must be longer than idleTimeout, or idle machines would be replaced before they could be removed";
        }

        if (times.BootTimeout > JitConfigLife)
        {
            yield return "bootTimeout must be at most 1h: GitHub accepts a runner's configuration for an hour, and GitLab fails a job that waits so long, so a machine that boots longer is of no use";
        }
    }

    private static IEnumerable<SpecProblem> OfRunner(RunnerSpec runner)
    {
        (string Field, string? Text)[] durations =
        [
            ("maxRuntime", runner.MaxRuntime), ("maxAge", runner.MaxAge), ("idleTimeout", runner.IdleTimeout), ("bootTimeout", runner.BootTimeout), ("drainTimeout", runner.DrainTimeout),
            ("holdOnFailure", runner.HoldOnFailure), ("warmUp.timeout", runner.WarmUp?.Timeout),
        ];
        foreach (var (field, text) in durations)
        {
            var isRead = DurationText.TryParse(text, out var duration);
            if (text is not null && !(isRead && (duration > TimeSpan.Zero || field == "idleTimeout")))
            {
                yield return new(RunnerPoolReasons.InvalidDuration, $"spec.runner.{field}: '{text}' is not a duration such as 90s, 5m or 1h30m");
            }
        }

        foreach (var contradiction in OfTimes(PoolValidation.TimesOf(runner)))
        {
            yield return new(RunnerPoolReasons.InvalidDuration, $"spec.runner: {contradiction}");
        }

        if (PoolValidation.HoldOf(runner) > LongestHold)
        {
            yield return new(RunnerPoolReasons.InvalidDuration, "spec.runner.holdOnFailure: at most 4h");
        }

        if (runner is { Setup: RunnerSetup.Standard, Metadata: MetadataAccess.Blocked } or { Setup: RunnerSetup.Standard, User: "root" })
        {
            yield return new(RunnerPoolReasons.InvalidRunnerSpec, "spec.runner.setup: Standard gives jobs sudo and docker, so metadata cannot be Blocked and user not be root; change one of them");
        }

        if (runner.Logs is { } logs && new object?[] { logs.CloudWatch, logs.S3, logs.Loki, logs.Otlp }.Count(given => given is not null) != 1)
        {
            yield return new(RunnerPoolReasons.InvalidRunnerSpec, "spec.runner.logs: give exactly one of cloudWatch, s3, loki and otlp");
        }

        foreach (var name in runner.Environment?.Keys ?? Enumerable.Empty<string>())
        {
            if (name.Length == 0 || char.IsAsciiDigit(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
            {
                yield return new(RunnerPoolReasons.InvalidEnvironment, $"spec.runner.environment: name variables with letters, digits and underscores, and no digit first; not '{name}'");
            }
        }
    }
}

/// <summary>A problem of a pool's spec.</summary>
/// <param name="Reason">One word for the <c>Accepted</c> condition.</param>
/// <param name="Message">What to change.</param>
internal sealed record SpecProblem(string Reason, string Message);
