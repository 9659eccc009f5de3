using Operator.Entities.RunnerPools;

namespace Operator.Aws.UserData;

/// <summary>What the host script needs to know; the same for every runner of a pool. Holds no secret, since user data is readable.</summary>
internal sealed record HostSettings
{
    /// <summary>The cluster's id: part of the mailbox's path.</summary>
    public required string ClusterId { get; init; }

    /// <summary>A job is ended with its machine this long after its start, unless the runner's command says otherwise. At least a second.</summary>
    public required TimeSpan MaxRuntime { get; init; }

    /// <summary>The operator replaces the machine at this age; an hour later it powers itself off as soon as no job runs. At least a second.</summary>
    public required TimeSpan MaxAge { get; init; }

    /// <summary>Where to get the runner when the image has none; null relies on the image.</summary>
    public RunnerDownload? Runner { get; init; }

    /// <summary>Whether a newer runner on the image gives way to <see cref="Runner"/>, too.</summary>
    public bool IsRunnerPinned { get; init; }

    /// <summary>Whether jobs are kept from the metadata service. A machine that cannot do it runs none.</summary>
    public bool IsMetadataBlocked { get; init; }

    /// <summary>The user that jobs run as. Made if the image does not have it.</summary>
    public string User { get; init; } = "runner";

    /// <summary>The folder of jobs, absolute or relative to the runner's. Must be the one in the JIT config: it is emptied between jobs.</summary>
    public string WorkFolder { get; init; } = "_work";

    /// <summary>On what that folder is stored; null is the root volume.</summary>
    public WorkStorage? Storage { get; init; }

    /// <summary>The size of a folder in memory; null is half of the memory.</summary>
    public long? MemoryMiB { get; init; }

    /// <summary>Whether the machine may have an IPv6 address only.</summary>
    public bool IsIpv6 { get; init; }

    /// <summary>A script to run once as root before the first job.</summary>
    public string? PreRunnerScript { get; init; }

    /// <summary>The same by address; goes before <see cref="PreRunnerScript"/>.</summary>
    public ScriptDownload? PreRunnerScriptFrom { get; init; }

    /// <summary>A bash script to run in each job's context before its first step.</summary>
    public string? JobStartedHook { get; init; }

    /// <summary>A bash script to run in each job's context after its last step.</summary>
    public string? JobCompletedHook { get; init; }

    /// <summary>Variables of the runner and its jobs. One line each.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>A script that machines fetch.</summary>
/// <param name="Url">Its address, which needs no credentials but may be a presigned one.</param>
/// <param name="Sha256">Its checksum, in hexadecimal digits.</param>
internal sealed record ScriptDownload(Uri Url, string Sha256);
