namespace Operator.GitHub;

/// <summary>What can be asked of a workflow run.</summary>
internal enum RunRequest
{
    /// <summary>End it: a runner that is there is told first, and <c>always()</c> jobs run.</summary>
    Cancel,

    /// <summary>End it at once, where it does not follow <see cref="Cancel"/>.</summary>
    ForceCancel,

    /// <summary>Run one job again, and what depends on it.</summary>
    RerunJob,

    /// <summary>Run the failed jobs of the last attempt again, and what depends on them.</summary>
    RerunFailedJobs,

    /// <summary>Run all its jobs again.</summary>
    Rerun,
}
