using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Setup of the machines, and time limits.</summary>
[ValidationRule("!(has(self.preRunnerScript) && has(self.preRunnerScriptFrom))",
    Message = "give preRunnerScript or preRunnerScriptFrom, not both")]
[ValidationRule("!(has(self.sha256) || has(self.sha256Arm64)) || has(self.version)", Message = "runner.sha256 is of a version: give runner.version with it, or remove it")]
[ValidationRule("!has(self.tokenRefresh) || (has(self.registration) && self.registration == 'Token')", Message = "runner.tokenRefresh: only the registration Token has tokens; remove it, or set runner.registration to Token")]
[ValidationRule("!has(self.metadata) || self.metadata != 'Blocked' || !has(self.user) || self.user != 'root'",
    Message = "runner.metadata: root cannot be kept from the metadata service; choose another runner.user")]
[ValidationRule("!has(self.setup) || self.setup != 'Standard' || !has(self.metadata) || self.metadata != 'Blocked'",
    Message = "runner.setup: Standard gives jobs sudo and docker, with which they reach the metadata service in spite of metadata Blocked; choose one of the two")]
[ValidationRule("!has(self.setup) || self.setup != 'Standard' || !has(self.user) || self.user != 'root'",
    Message = "runner.setup: Standard sets up a user that may become root; choose another runner.user, or setup None")]
[ValidationRule("!has(self.container) || !has(self.user)", Message = "runner.container: jobs run as the user of the image; remove runner.user, and name the user in the image")]
[ValidationRule("!has(self.container) || !has(self.container.volumes) || !has(self.metadata) || self.metadata != 'Blocked' || self.container.volumes.all(volume, !volume.hostPath.endsWith('docker.sock'))",
    Message = "runner.metadata: with docker's socket, jobs reach the metadata service in spite of Blocked; remove that volume of runner.container, or set metadata to Allowed")]
[ValidationRule("!has(self.container) || !has(self.container.secretRefs) || !has(self.secretRefs) || self.container.secretRefs.all(mine, !self.secretRefs.exists(other, other.name == mine.name && (other.secretName != mine.secretName || other.key != mine.key)))",
    Message = "runner.container.secretRefs: runner.secretRefs gives a variable of that name another value; choose another name")]
[ValidationRule("!has(self.warmUp) || !has(self.warmUp.keep) || !self.warmUp.keep || (has(self.lifecycle) && self.lifecycle == 'Reusable')",
    Message = "runner.warmUp.keep: only machines that serve several jobs have something to keep; set runner.lifecycle to Reusable, or remove keep")]
[ValidationRule("!has(self.warmUp) || !has(self.warmUp.timeout) || duration(self.warmUp.timeout) < duration(has(self.bootTimeout) ? self.bootTimeout : '10m')",
    Message = "runner.warmUp.timeout: it is part of the boot; make it shorter than runner.bootTimeout (10m where absent), or raise that")]
[ValidationRule("!has(self.warmUp) || !has(self.warmUp.snapshot) || !has(self.storage)",
    Message = "runner.warmUp.snapshot: the folder of jobs is then on the volume of the snapshot; remove runner.storage")]
[ValidationRule("!has(self.warmUp) || !has(self.warmUp.ciStorage) || (has(self.secretRefs) && self.secretRefs.exists(ref, ref.name == 'CI_STORAGE_PRIVATE_KEY'))",
    Message = "runner.warmUp.ciStorage: add an entry with the name CI_STORAGE_PRIVATE_KEY to runner.secretRefs: the private key for the server")]
public sealed class RunnerSpec
{
    /// <summary>
    /// The version of the GitHub runner, such as <c>2.340.0</c>; machines whose image has a different one download it. Absent means the
    /// newest, which also replaces an older one on the image: GitHub gives no jobs to runners that are several weeks out of date.
    /// </summary>
    [Length(5, 20), Pattern(@"^[0-9]+\.[0-9]+\.[0-9]+$", "runner.version: write three numbers without a v, such as 2.340.0")]
    public string? Version { get; set; }

    /// <summary>
    /// The SHA-256 checksum of that version's build for the pool's operating system and architecture, 64 hexadecimal digits; for amd64 where the pool has machines of both. Needed when it is not
    /// the newest.
    /// </summary>
    [Length(64, 64)]
    [Pattern("^[0-9a-f]{64}$", "runner.sha256: write the 64 hexadecimal digits, in lower case, of the checksum in the runner's release notes")]
    public string? Sha256 { get; set; }

    /// <summary>The SHA-256 checksum of that version's build for arm64, where the pool has machines of both architectures.</summary>
    [Length(64, 64)]
    [Pattern("^[0-9a-f]{64}$", "runner.sha256Arm64: write the 64 hexadecimal digits, in lower case, of the checksum in the runner's release notes")]
    public string? Sha256Arm64 { get; set; }

    /// <summary>
    /// Whether jobs can reach the instance metadata service, and through it the machine's role and user data. <c>Blocked</c> requires nft
    /// or iptables in the image, a <see cref="User"/> other than root, and <c>launch.metadataOptions.httpPutResponseHopLimit</c> 1; a
    /// machine that cannot block it runs no jobs. Windows has its own firewall. Jobs that can become root or administrator, through sudo or docker, can bypass it.
    /// </summary>
    [Default("\"Allowed\"")]
    public MetadataAccess? Metadata { get; set; }

    /// <summary>
    /// How runners are registered at GitHub: <c>Jit</c> with a configuration for each, or <c>Token</c> by the machine itself, with a registration token, where GitHub Enterprise Server or the
    /// runner's version has no just-in-time configurations.
    /// </summary>
    [Default("\"Jit\"")]
    public RunnerRegistration? Registration { get; set; }

    /// <summary>
    /// With <c>Token</c>: how long one token is given to machines before another is minted, <c>1m</c> to <c>59m</c>. GitHub's tokens are good for an hour, so a machine has the rest of it to register. Absent
    /// means <c>30m</c>.
    /// </summary>
    [Length(2, 3), Pattern("^([1-9]|[1-5][0-9])m$", "runner.tokenRefresh: write whole minutes from 1m to 59m: a registration token is good for an hour")]
    public string? TokenRefresh { get; set; }

    /// <summary>Whether machines are reused.</summary>
    [Default("\"Ephemeral\"")]
    public RunnerLifecycle? Lifecycle { get; set; }

    /// <summary>
    /// What is installed at boot where the image lacks it. <c>Standard</c> is what most workflows expect: git, docker with buildx, jq, sudo for the runner's user, and a tool cache in
    /// <c>/opt/hostedtoolcache</c>. It knows Amazon Linux 2023, Ubuntu 22.04 and 24.04, and Debian 12, and takes a minute or two unless the image has been made with it.
    /// </summary>
    [Default("\"None\"")]
    public RunnerSetup? Setup { get; set; }

    /// <summary>Whether the distribution's updates are installed at boot, before scripts run. A machine that cannot install them runs no jobs.</summary>
    [Default("\"None\"")]
    public RunnerPatch? Patch { get; set; }

    /// <summary>Where the logs of the runner, of the setup and of job hooks are sent. Absent means that they end with the machine.</summary>
    public RunnerLogs? Logs { get; set; }

    /// <summary>
    /// How long a machine stays on that failed to boot, a duration of at most <c>4h</c>, so that you can look at it. One such machine of a pool is kept at a time; it counts as a runner and costs what it
    /// costs, but is replaced at once. One that a holder or a job waits for is not kept. Absent means that it is terminated.
    /// </summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    [ValidationRule("duration(self) <= duration('4h')", Message = "runner.holdOnFailure: at most 4h")]
    public string? HoldOnFailure { get; set; }

    /// <summary>
    /// A script that runs once as root before the first job, at most 8192 characters, starting with <c>#!</c>; on Windows in PowerShell, as SYSTEM. If it fails, the machine
    /// powers off. It is readable on the machine, so it must not contain secrets.
    /// </summary>
    [Length(1, 8192)]
    public string? PreRunnerScript { get; set; }

    /// <summary>The same, stored elsewhere.</summary>
    public ScriptSource? PreRunnerScriptFrom { get; set; }

    /// <summary>
    /// Keys of Secrets in the pool's namespace that the machine's scripts get as environment variables: <see cref="PreRunnerScript"/> and a lease's own script, not jobs and their hooks. They pass through
    /// neither user data nor tags. At most 20, and 4 KiB together.
    /// </summary>
    [Items(1, 20), ListType("map"), ListMapKey("name")]
    public List<SecretVariable>? SecretRefs { get; set; }

    /// <summary>
    /// A container that the runner and its jobs run in, on Linux. The machine needs docker: from its image, or by <c>setup: Standard</c>. The runner itself is the machine's, so <see cref="Version"/> counts.
    /// </summary>
    public RunnerContainer? Container { get; set; }

    /// <summary>
    /// Maximum run time of a job, a duration: then its machine is terminated, even if the operator is down. It counts from the start of the
    /// job. The default is GitHub's own limit.
    /// </summary>
    [Default("\"6h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? MaxRuntime { get; set; }

    /// <summary>
    /// Maximum age of an idle machine, a duration: then it is drained once its replacement is ready. Each machine's own limit is up to 10 %
    /// shorter, so that machines launched together are not replaced together. Running jobs are not affected.
    /// </summary>
    [Default("\"12h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? MaxAge { get; set; }

    /// <summary>
    /// How long a runner above <c>minIdle</c> waits for a job before it is removed, a duration; <c>0s</c> for not at all.
    /// </summary>
    [Default("\"5m\""), Length(2, 32), Pattern(SchemaPatterns.Duration, SchemaMessages.Duration)]
    public string? IdleTimeout { get; set; }

    /// <summary>Maximum time from a machine's launch to a connected runner, a duration; then it is replaced. Absent means <c>10m</c>, and <c>20m</c> for Windows.</summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? BootTimeout { get; set; }

    /// <summary>How long a busy runner may continue after its deletion was requested, a duration; then its machine is terminated.</summary>
    [Default("\"6h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? DrainTimeout { get; set; }

    /// <summary>Scripts before and after each job.</summary>
    public RunnerHooks? Hooks { get; set; }

    /// <summary>
    /// Environment variables of the runner and its jobs; at most 50, single-line values of at most 1024 characters. They are readable on
    /// the machine, so they must not contain secrets.
    /// </summary>
    [MapItems(0, 50), Length(0, 1024), Pattern(@"^[^\r\n]*$", "environment: write values of one line; scripts can set the others")]
    [ValidationRule("self.all(key, key.matches('^[A-Za-z_][A-Za-z0-9_]*$'))",
        Message = "environment: name variables with letters, digits and underscores, and no digit first")]
    public Dictionary<string, string>? Environment { get; set; }

    /// <summary>The user that jobs run as; created if the image does not have it. Absent means <c>runner</c>.</summary>
    [Length(1, 32), Pattern("^[a-z_][a-z0-9_-]*$", "runner.user: write the name of a user in lower case, such as runner")]
    public string? User { get; set; }

    /// <summary>The folder of jobs, below the runner's own. It is emptied between jobs.</summary>
    [Default("\"_work\""), Length(1, 255)]
    [Pattern(SchemaPatterns.RelativeFolder, "workFolder: write a folder below the runner's own, such as _work, neither absolute nor with .. in it")]
    public string? WorkFolder { get; set; }

    /// <summary>Where the folder of jobs is stored, on Linux. Absent means on the root volume.</summary>
    public WorkStorageSpec? Storage { get; set; }

    /// <summary>The proxy of the machines, on Linux. Absent means none.</summary>
    public RunnerProxy? Proxy { get; set; }

    /// <summary>Certificates of authorities that the machines trust in addition, on Linux. Absent means none.</summary>
    public CaBundle? CaBundle { get; set; }

    /// <summary>What fills the folder of jobs before a machine's first runner connects, on Linux. Absent means nothing.</summary>
    public RunnerWarmUp? WarmUp { get; set; }
}

/// <summary>Where the folder of jobs is stored.</summary>
[ValidationRule("!has(self.size) || self.type == 'Memory'", Message = "runner.storage.size: only Memory has a size; instance store disks are used whole")]
public sealed class WorkStorageSpec
{
    /// <summary>On what. Where a machine cannot have it, the folder stays on the root volume, and the machine's console says so.</summary>
    [Required]
    public WorkStorage? Type { get; set; }

    /// <summary>The most that a folder in memory may hold, as a quantity such as <c>8Gi</c>. Absent means half of the memory.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Size { get; set; }
}

/// <summary>On what the folder of jobs is stored.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkStorage>))]
public enum WorkStorage
{
    /// <summary>The machine's own NVMe disks, several of them as one (RAID 0, which needs mdadm on the image); <c>localStorage</c> of the class asks for types that have some.</summary>
    InstanceStore,

    /// <summary>A file system in memory (tmpfs): jobs share the memory with it.</summary>
    Memory,
}

/// <summary>Whether jobs can reach the instance metadata service.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MetadataAccess>))]
public enum MetadataAccess
{
    /// <summary>They can, and may act with the machine's role.</summary>
    Allowed,

    /// <summary>Only root can.</summary>
    Blocked,
}

/// <summary>How runners are registered.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunnerRegistration>))]
public enum RunnerRegistration
{
    /// <summary>By the operator: the machine gets a just-in-time configuration, which is good for one runner.</summary>
    Jit,

    /// <summary>By the machine, with a registration token, which is good for any number of runners and an hour.</summary>
    Token,
}

/// <summary>Whether machines are reused.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunnerLifecycle>))]
public enum RunnerLifecycle
{
    /// <summary>One job per machine: nothing remains of it for the next job.</summary>
    Ephemeral,

    /// <summary>After a job, the machine is cleaned up and serves the next job under a new registration.</summary>
    Reusable,
}

/// <summary>Scripts around each job. They are readable on the machine, so they must not contain secrets.</summary>
public sealed class RunnerHooks
{
    /// <summary>A bash script, or PowerShell on Windows, that runs before each job's first step, as the job's user; at most 4096 characters. If it fails, the job fails.</summary>
    [Length(1, 4096)]
    public string? JobStarted { get; set; }

    /// <summary>A bash script, or PowerShell on Windows, that runs after each job's last step, as the job's user; at most 4096 characters.</summary>
    [Length(1, 4096)]
    public string? JobCompleted { get; set; }
}
