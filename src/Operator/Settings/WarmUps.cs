using Operator.Aws.LaunchTemplates;
using Operator.Aws.UserData;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Reads what fills the folder of jobs (<c>runner.warmUp</c>). Pure.</summary>
internal static class WarmUps
{
    /// <summary>The schema's default.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    private const long GiB = 1L << 30;

    /// <summary>The settings of the host script; null for none.</summary>
    public static HostWarmUp? Of(RunnerSpec runner)
    {
        if (runner.WarmUp is not { } spec)
        {
            return null;
        }

        var (kind, source) = spec switch
        {
            { S3: { Key: { } key } s3 } => (WarmUpKind.S3, $"{s3.Bucket}/{key}"),
            { S3: { } s3 } => (WarmUpKind.S3Prefix, $"{s3.Bucket}/{s3.Prefix}"),
            { Snapshot: not null } => (WarmUpKind.Snapshot, ""),
            { CiStorage: { } storage } => (WarmUpKind.CiStorage, storage.Host),
            _ => (WarmUpKind.Script, spec.Script ?? ""),
        };
        return new(kind, source, TimeoutOf(spec))
        {
            Folder = spec.Folder ?? (spec.CiStorage?.Repository.Split('/')[^1] is { } name ? $"{name}/{name}" : ""),
            IsRequired = spec.OnFailure == WarmUpFailureAction.Fail,
            Keeps = spec.Keep == true,
            Storage = spec.CiStorage is { } slots
                ? new(slots.Repository, slots.StorageDir ?? "/mnt", slots.KnownHosts) { Slots = slots.Slots is { Count: > 0 } ids ? ids : ["*"], Hints = slots.Hints ?? [] }
                : null,
        };
    }

    /// <summary>The volume that is the folder of jobs, where it is made from a snapshot.</summary>
    public static IEnumerable<Volume> VolumesOf(RunnerSpec runner)
    {
        if (runner.WarmUp?.Snapshot is { } snapshot)
        {
            var size = QuantityText.TryParse(snapshot.Size, out var bytes) ? (int)((bytes + GiB - 1) / GiB) : (int?)null;
            yield return new(SnapshotWarmUp.Device, size, "gp3", Iops: null, Throughput: null, Encrypted: null, KmsKeyId: null)
            {
                InitializationRate = snapshot.VolumeInitializationRate,
                SnapshotId = snapshot.Id,
            };
        }
    }

    /// <summary>What must be changed, where the schema's rules were not enforced.</summary>
    public static IEnumerable<SpecProblem> Find(RunnerPoolSpec pool)
    {
        var runner = pool.Runner;
        if (runner.WarmUp is not { } spec)
        {
            return [];
        }

        var problems = new List<string>();
        void Unless(bool isFine, string problem)
        {
            if (!isFine)
            {
                problems.Add(problem);
            }
        }

        Unless(new object?[] { spec.Script, spec.S3, spec.Snapshot, spec.CiStorage }.Count(given => given is not null) == 1, ": give exactly one of script, s3, snapshot and ciStorage");
        Unless(spec.S3 is null || spec.S3.Key is null != spec.S3.Prefix is null, ".s3: give exactly one of key and prefix");
        Unless(spec.Folder is null || spec.Snapshot is null, ".folder: the volume of a snapshot is the whole folder of jobs; leave folder out");
        Unless(spec.Keep != true || runner.Lifecycle == RunnerLifecycle.Reusable, ".keep: only machines that serve several jobs have something to keep; set runner.lifecycle to Reusable, or remove keep");
        Unless(TimeoutOf(spec) < PoolValidation.TimesOf(runner).BootTimeout, ".timeout: it is part of the boot; make it shorter than runner.bootTimeout, or raise that");
        Unless(spec.Snapshot is null || runner.Storage is null, ".snapshot: the folder of jobs is then on the volume of the snapshot; remove runner.storage");
        Unless(
            spec.Snapshot is null || pool.Launch.Volumes?.Exists(volume => volume.DeviceName is SnapshotWarmUp.Device or "sdw") != true,
            $".snapshot: its volume is {SnapshotWarmUp.Device}; choose another device for that of launch.volumes");
        Unless(
            spec.CiStorage is null || runner.SecretRefs?.Exists(reference => reference.Name == RunnerWarmUp.KeyVariable) == true,
            $".ciStorage: add an entry with the name {RunnerWarmUp.KeyVariable} to runner.secretRefs: the private key for the server");
        return problems.Select(problem => new SpecProblem(RunnerPoolReasons.InvalidRunnerSpec, $"spec.runner.warmUp{problem}"));
    }

    private static TimeSpan TimeoutOf(RunnerWarmUp spec) => DurationText.TryParse(spec.Timeout, out var timeout) ? timeout : DefaultTimeout;
}
