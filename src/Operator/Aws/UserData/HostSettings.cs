using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Aws.UserData;

/// <summary>Settings of the host script, the same for every runner of a pool. Contain no secrets, because user data is readable.</summary>
internal sealed record HostSettings
{
    /// <summary>The machines' operating system, which decides between bash and PowerShell.</summary>
    public OperatingSystemKind OperatingSystem { get; init; }

    /// <summary>The cluster's id: part of the mailbox's path.</summary>
    public required string ClusterId { get; init; }

    /// <summary>
    /// Maximum run time of a job unless the command to start its runner says otherwise; then the machine is terminated. At least a second.
    /// </summary>
    public required TimeSpan MaxRuntime { get; init; }

    /// <summary>
    /// The age at which the operator replaces the machine; an hour later it powers itself off as soon as no job runs. At least a second.
    /// </summary>
    public required TimeSpan MaxAge { get; init; }

    /// <summary>Where to download the runner if the image has none; null relies on the image.</summary>
    public RunnerDownload? Runner { get; init; }

    /// <summary>Whether <see cref="Runner"/> also replaces a newer runner on the image.</summary>
    public bool IsRunnerPinned { get; init; }

    /// <summary>Whether jobs are blocked from the metadata service. A machine that cannot block it runs no jobs.</summary>
    public bool IsMetadataBlocked { get; init; }

    /// <summary>What runs GitLab's jobs; null for GitHub's.</summary>
    public GitLabHost? GitLab { get; init; }

    /// <summary>The user that jobs run as. Created if the image does not have it.</summary>
    public string User { get; init; } = "runner";

    /// <summary>The folder of jobs, absolute or relative to the runner's. Must be the one in the JIT config: it is emptied between jobs.</summary>
    public string WorkFolder { get; init; } = "_work";

    /// <summary>On what that folder is stored; null is the root volume.</summary>
    public WorkStorage? Storage { get; init; }

    /// <summary>The size of a folder in memory; null is half of the memory.</summary>
    public long? MemoryMiB { get; init; }

    /// <summary>Whether the machine may have an IPv6 address only.</summary>
    public bool IsIpv6 { get; init; }

    /// <summary>Whether scripts get secrets, which the machine waits for at its boot.</summary>
    public bool HasSecrets { get; init; }

    /// <summary>Whether <c>setup.sh</c> installs at boot what workflows expect.</summary>
    public bool HasStandardSetup { get; init; }

    /// <summary>Whether the distribution's updates are installed at boot.</summary>
    public RunnerPatch Patch { get; init; }

    /// <summary>Where the logs of the runner, of scripts and of hooks are sent; null keeps them on the machine.</summary>
    public LogTarget? Logs { get; init; }

    /// <summary>How the machines reach others; null for directly, trusting whom the image trusts.</summary>
    public HostNetwork? Network { get; init; }

    /// <summary>What fills the folder of jobs before the first runner connects; null for nothing.</summary>
    public HostWarmUp? WarmUp { get; init; }

    /// <summary>How long a machine that failed stays on; null for not at all. At least a second.</summary>
    public TimeSpan? HoldOnFailure { get; init; }

    /// <summary>The container that the runner runs in; null for none.</summary>
    public ContainerSettings? Container { get; init; }

    /// <summary>A script to run once as root, or SYSTEM, before the first job.</summary>
    public string? PreRunnerScript { get; init; }

    /// <summary>The same by URL; takes precedence over <see cref="PreRunnerScript"/>.</summary>
    public ScriptDownload? PreRunnerScriptFrom { get; init; }

    /// <summary>A bash or PowerShell script that runs in each job's context before its first step.</summary>
    public string? JobStartedHook { get; init; }

    /// <summary>A bash or PowerShell script that runs in each job's context after its last step.</summary>
    public string? JobCompletedHook { get; init; }

    /// <summary>Environment variables of the runner and its jobs. One line each.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a machine needs to know to run GitLab's jobs. The runner's token comes by the mailbox.</summary>
/// <param name="Url">The GitLab.</param>
/// <param name="Executor"><c>shell</c>, <c>docker</c> or <c>docker-windows</c>.</param>
/// <param name="Image">With containers: the image of jobs that name none; otherwise empty.</param>
/// <param name="IsPrivileged">Whether containers are privileged.</param>
internal sealed record GitLabHost(Uri Url, string Executor, string Image, bool IsPrivileged)
{
    /// <summary>The executor without containers.</summary>
    public const string Shell = "shell";
}

/// <summary>Where logs are sent.</summary>
/// <param name="Kind">To what.</param>
/// <param name="Target">A log group, a bucket with the beginning of the keys after a slash, or a URL.</param>
internal sealed record LogTarget(LogTargetKind Kind, string Target);

/// <summary>What logs are sent to.</summary>
internal enum LogTargetKind
{
    CloudWatch,
    S3,
    Loki,
    Otlp,
}

/// <summary>A script that machines download.</summary>
/// <param name="Url">Its URL, which needs no credentials but may be presigned.</param>
/// <param name="Sha256">Its checksum in hexadecimal digits.</param>
internal sealed record ScriptDownload(Uri Url, string Sha256);
