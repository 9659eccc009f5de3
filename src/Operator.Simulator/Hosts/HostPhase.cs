namespace Operator.Simulator.Hosts;

/// <summary>The phase of a simulated host.</summary>
public enum HostPhase
{
    /// <summary>Not yet at its user data.</summary>
    Booting,

    /// <summary>At the mailbox, without a runner.</summary>
    Waiting,

    /// <summary>A runner process listens for a job.</summary>
    Listening,

    /// <summary>A job runs.</summary>
    Busy,

    /// <summary>It failed to boot and stays on for somebody to look at.</summary>
    Failed,

    /// <summary>Switched off.</summary>
    Off,
}

/// <summary>How a machine starts.</summary>
internal enum BootKind
{
    /// <summary>The user data runs.</summary>
    First,

    /// <summary>The machine was stopped and started again; user data runs only once.</summary>
    Again,

    /// <summary>It was prepared for standby, and its host script goes on, or starts again.</summary>
    Standby,

    /// <summary>The pre-runner script fails.</summary>
    Failing,
}
