using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>What fills the folder of jobs before a machine's first runner connects: exactly one source.</summary>
[ValidationRule("[has(self.script), has(self.s3), has(self.snapshot), has(self.ciStorage)].filter(given, given).size() == 1",
    Message = "runner.warmUp: give exactly one of script, s3, snapshot and ciStorage")]
[ValidationRule("!has(self.folder) || !has(self.snapshot)",
    Message = "runner.warmUp.folder: the volume of a snapshot is the whole folder of jobs; leave folder out")]
public sealed class RunnerWarmUp
{
    /// <summary>The name that the key for <see cref="CiStorage"/> has among <c>secretRefs</c>.</summary>
    public const string KeyVariable = "CI_STORAGE_PRIVATE_KEY";

    /// <summary>
    /// A script that fills the folder, at most 8192 characters, starting with <c>#!</c>. It runs in the folder as the runner's user, with <c>secretRefs</c> as environment variables. It is readable on the
    /// machine, so it must not contain secrets.
    /// </summary>
    [Length(1, 8192)]
    public string? Script { get; set; }

    /// <summary>An archive or objects in S3. The machines' role needs <c>s3:GetObject</c>, and <c>s3:ListBucket</c> for a prefix.</summary>
    public S3WarmUp? S3 { get; set; }

    /// <summary>An EBS snapshot: the folder of jobs is a volume that is made from it.</summary>
    public SnapshotWarmUp? Snapshot { get; set; }

    /// <summary>A slot of a ci-storage server, by ssh and rsync. The private key is the entry <c>CI_STORAGE_PRIVATE_KEY</c> of <c>secretRefs</c>.</summary>
    public CiStorageWarmUp? CiStorage { get; set; }

    /// <summary>
    /// What is filled, below <c>workFolder</c>, such as <c>app/app</c>, where GitHub's checkout of <c>my-org/app</c> is. Absent means <c>workFolder</c> itself, and the checkout of its repository for
    /// <see cref="CiStorage"/>.
    /// </summary>
    [Length(1, 255)]
    [Pattern(SchemaPatterns.RelativeFolder, "warmUp.folder: write a folder below workFolder, such as app/app, neither absolute nor with .. in it")]
    public string? Folder { get; set; }

    /// <summary>How long it may take, a duration that is shorter than <c>bootTimeout</c>. What runs then is ended.</summary>
    [Default("\"5m\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? Timeout { get; set; }

    /// <summary>What a machine does whose folder cannot be filled, or not in time.</summary>
    [Default("\"Continue\"")]
    public WarmUpFailureAction? OnFailure { get; set; }

    /// <summary>
    /// Whether <c>Reusable</c> machines keep the folder between jobs. A job then finds what earlier ones have left, so all jobs of the pool should trust each other. Otherwise the folder is emptied
    /// after a job, and later jobs of the machine begin with none.
    /// </summary>
    [Default("false")]
    public bool? Keep { get; set; }
}

/// <summary>What a machine does whose folder cannot be filled.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WarmUpFailureAction>))]
public enum WarmUpFailureAction
{
    /// <summary>It serves with an empty folder; an event of its lease says so.</summary>
    Continue,

    /// <summary>It runs no jobs: its boot has failed.</summary>
    Fail,
}

/// <summary>An archive or objects in S3, in the machine's region.</summary>
[ValidationRule("has(self.key) != has(self.prefix)", Message = "warmUp.s3: give exactly one of key and prefix")]
public sealed class S3WarmUp
{
    /// <summary>The bucket.</summary>
    [Required, Length(3, 63), Pattern("^[a-z0-9][a-z0-9.-]*[a-z0-9]$", "warmUp.s3.bucket: write the name of a bucket")]
    public string Bucket { get; set; } = "";

    /// <summary>The key of an archive, which is unpacked: <c>.tar</c>, <c>.tar.gz</c>, <c>.tgz</c> or <c>.tar.zst</c>, which needs zstd in the image.</summary>
    [Length(5, 512)]
    [Pattern(@"^[A-Za-z0-9_.-][A-Za-z0-9_./-]*\.(tar|tar\.gz|tgz|tar\.zst)$", "warmUp.s3.key: write the key of an archive that ends with .tar, .tar.gz, .tgz or .tar.zst, such as ci/app.tar.zst")]
    public string? Key { get; set; }

    /// <summary>The beginning of keys, up to a slash, such as <c>ci/app/</c>: what follows it are the paths. An archive is faster when there are many files.</summary>
    [Length(2, 512), Pattern("^([A-Za-z0-9_.-]+/)+$", "warmUp.s3.prefix: write the beginning of keys that ends with a slash, such as ci/app/")]
    public string? Prefix { get; set; }
}

/// <summary>An EBS snapshot of a folder of jobs.</summary>
public sealed class SnapshotWarmUp
{
    /// <summary>The device of its volume.</summary>
    public const string Device = "/dev/sdw";

    /// <summary>Its id. It must hold one file system that the image can mount, on the whole volume or its first partition.</summary>
    [Required, Length(13, 22), Pattern("^snap-[0-9a-f]{8,17}$", "warmUp.snapshot.id: write the id of a snapshot, such as snap-0123456789abcdef0")]
    public string Id { get; set; } = "";

    /// <summary>The volume's size as a quantity, such as <c>100Gi</c>, rounded up to whole GiB. Absent means the snapshot's.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Size { get; set; }

    /// <summary>
    /// The rate at which EC2 loads its blocks, in MiB per second, 100 to 300; it is charged for. Absent means as they are read for the first time, which is slow.
    /// </summary>
    [RangeMinimum(100), RangeMaximum(300)]
    public int? VolumeInitializationRate { get; set; }
}

/// <summary>A slot of a ci-storage server, in the folder <c>STORAGEDIR/REPOSITORY/PATH</c>, with underscores for the slashes of the path.</summary>
public sealed class CiStorageWarmUp
{
    /// <summary>The server, such as <c>ci-storage.example.com:10022</c> or <c>user@host</c>. Without a user, <c>guest</c>.</summary>
    [Required, Length(1, 320)]
    [Pattern("^([a-z_][a-z0-9_-]*@)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[1-9][0-9]{0,4})?$", "warmUp.ciStorage.host: write [user@]host[:port], such as guest@ci-storage.example.com:10022")]
    public string Host { get; set; } = "";

    /// <summary>The server's keys, as lines of ssh's <c>known_hosts</c>, such as <c>ssh-keyscan</c> prints. Other servers are refused.</summary>
    [Required, Length(20, 4096), Pattern(@"^[^\x00\x27]+$", "warmUp.ciStorage.knownHosts: write lines of known_hosts, such as ssh-keyscan prints")]
    public string KnownHosts { get; set; } = "";

    /// <summary>The repository whose slots these are, such as <c>my-org/app</c>.</summary>
    [Required, Length(3, 140), Pattern("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", "warmUp.ciStorage.repository: write owner/name, such as my-org/app")]
    public string Repository { get; set; } = "";

    /// <summary>The server's folder of all slots.</summary>
    [Default("\"/mnt\""), Length(1, 255), Pattern("^[A-Za-z0-9_./~-]+$", "warmUp.ciStorage.storageDir: write a path such as /mnt or ~/ci-storage")]
    public string? StorageDir { get; set; }

    /// <summary>Ids of slots: the first that exists is loaded. <c>*</c> is the one with the best hints, else the newest; without any slot jobs begin with an empty folder. Absent means <c>*</c>.</summary>
    [Items(1, 10), ListType("atomic"), Length(1, 128), Pattern("^([A-Za-z0-9_-]+|[*])$", "warmUp.ciStorage.slots: write ids of letters, digits, hyphens and underscores, or *")]
    public List<string>? Slots { get; set; }

    /// <summary>Hints for <c>*</c>, the most important first: the slot that was stored with the same ones is the best.</summary>
    [Items(1, 10), ListType("atomic"), Length(1, 128), Pattern("^[A-Za-z0-9_.:/@+-]+$", "warmUp.ciStorage.hints: write words of letters, digits and any of _.:/@+-")]
    public List<string>? Hints { get; set; }
}
