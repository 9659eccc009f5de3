namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>The statistics of a scale set, as sent to its listener.</summary>
/// <param name="TotalAvailableJobs">Queued jobs that it could serve.</param>
/// <param name="TotalAcquiredJobs">Jobs that it has taken and that are not assigned yet.</param>
/// <param name="TotalAssignedJobs">Jobs assigned to it, including running ones: the number to scale on.</param>
/// <param name="TotalRunningJobs">Jobs that run.</param>
/// <param name="TotalRegisteredRunners">Its runners.</param>
/// <param name="TotalBusyRunners">Those that have a job.</param>
/// <param name="TotalIdleRunners">Those that are online and have none.</param>
public sealed record ScaleSetStatistics(
    int TotalAvailableJobs,
    int TotalAcquiredJobs,
    int TotalAssignedJobs,
    int TotalRunningJobs,
    int TotalRegisteredRunners,
    int TotalBusyRunners,
    int TotalIdleRunners);

/// <summary>The state of a scale set at one time.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Place">Where: <c>orgs/o</c>, <c>repos/o/r</c> or <c>enterprises/e</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="GroupId">Its runner group.</param>
/// <param name="Labels">Its labels besides its name.</param>
/// <param name="MaxCapacity">The capacity last reported by its listener.</param>
/// <param name="SessionOwner">Its session's owner; null for none.</param>
/// <param name="Statistics">Its numbers.</param>
public sealed record SimulatedScaleSet(
    long Id,
    string Place,
    string Name,
    long GroupId,
    IReadOnlyList<string> Labels,
    int MaxCapacity,
    string? SessionOwner,
    ScaleSetStatistics Statistics);
