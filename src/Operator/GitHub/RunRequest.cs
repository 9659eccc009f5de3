namespace Operator.GitHub;

/// <summary>Requests for a workflow run.</summary>
internal enum RunRequest
{
    /// <summary>Cancel it: live runners are notified first, and <c>always()</c> jobs run.</summary>
    Cancel,

    /// <summary>Cancel it immediately, if it does not react to <see cref="Cancel"/>.</summary>
    ForceCancel,

    /// <summary>Rerun one job and its dependents.</summary>
    RerunJob,

    /// <summary>Rerun the failed jobs of the last attempt and their dependents.</summary>
    RerunFailedJobs,

    /// <summary>Rerun all its jobs.</summary>
    Rerun,
}
