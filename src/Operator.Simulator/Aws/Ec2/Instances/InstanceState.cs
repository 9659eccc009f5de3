namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>The states of an instance; the values are EC2's codes.</summary>
public enum InstanceState
{
    /// <summary>Launched, not yet running.</summary>
    Pending = 0,

    /// <summary>The machine is on.</summary>
    Running = 16,

    /// <summary>Going away.</summary>
    ShuttingDown = 32,

    /// <summary>Gone; still described for an hour.</summary>
    Terminated = 48,

    /// <summary>Being switched off.</summary>
    Stopping = 64,

    /// <summary>Switched off; its volume still costs.</summary>
    Stopped = 80,
}

/// <summary>What terminated or stopped an instance.</summary>
public enum InstanceEnd
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>A call to the EC2 API.</summary>
    UserInitiated,

    /// <summary>The machine powered itself off.</summary>
    InstanceInitiated,

    /// <summary>EC2 took a spot instance back.</summary>
    SpotInterruption,

    /// <summary>The machine failed.</summary>
    Failure,
}

internal static class InstanceStates
{
    public static string Name(this InstanceState state) => state switch
    {
        InstanceState.ShuttingDown => "shutting-down",
        _ => state.ToString().ToLowerInvariant(),
    };

    /// <summary>Whether it is on its way out for good.</summary>
    public static bool IsEnding(this InstanceState state) => state is InstanceState.ShuttingDown or InstanceState.Terminated;
}
