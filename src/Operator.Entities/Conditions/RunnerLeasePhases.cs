namespace Operator.Entities.Conditions;

/// <summary>The phases of a lease.</summary>
public static class RunnerLeasePhases
{
    /// <summary>No machine has been requested yet.</summary>
    public const string Pending = nameof(Pending);

    /// <summary>A machine is being requested from EC2.</summary>
    public const string Launching = nameof(Launching);

    /// <summary>The machine is booting.</summary>
    public const string Booting = nameof(Booting);

    /// <summary>The machine is stopped or hibernated until a runner is needed.</summary>
    public const string Standby = nameof(Standby);

    /// <summary>The runner is waiting for a job.</summary>
    public const string Idle = nameof(Idle);

    /// <summary>It is held, without a job at the moment.</summary>
    public const string Leased = nameof(Leased);

    /// <summary>A job is running.</summary>
    public const string Busy = nameof(Busy);

    /// <summary>The machine is running; its runner is connecting for the next job.</summary>
    public const string Registering = nameof(Registering);

    /// <summary>GitHub reports the runner as offline.</summary>
    public const string Offline = nameof(Offline);

    /// <summary>The machine failed to boot and stays on for a look.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>It is being drained.</summary>
    public const string Draining = nameof(Draining);

    /// <summary>All phases, in the order of a lease's lifecycle.</summary>
    public static IReadOnlyList<string> All { get; } = [Pending, Launching, Booting, Standby, Idle, Leased, Busy, Registering, Offline, Failed, Draining];
}
