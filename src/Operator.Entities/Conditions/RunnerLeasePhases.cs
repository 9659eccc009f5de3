namespace Operator.Entities.Conditions;

/// <summary>The phases of a lease.</summary>
public static class RunnerLeasePhases
{
    /// <summary>No machine was asked for yet.</summary>
    public const string Pending = nameof(Pending);

    /// <summary>EC2 is asked for a machine.</summary>
    public const string Launching = nameof(Launching);

    /// <summary>The machine starts.</summary>
    public const string Booting = nameof(Booting);

    /// <summary>The runner waits for a job.</summary>
    public const string Idle = nameof(Idle);

    /// <summary>It is held, and runs no job at the moment.</summary>
    public const string Leased = nameof(Leased);

    /// <summary>A job runs.</summary>
    public const string Busy = nameof(Busy);

    /// <summary>The machine is up; its runner connects for the next job.</summary>
    public const string Registering = nameof(Registering);

    /// <summary>GitHub does not see the runner.</summary>
    public const string Offline = nameof(Offline);

    /// <summary>It is on its way out.</summary>
    public const string Draining = nameof(Draining);

    /// <summary>All of them, in the order of a lease's life.</summary>
    public static IReadOnlyList<string> All { get; } = [Pending, Launching, Booting, Idle, Leased, Busy, Registering, Offline, Draining];
}
