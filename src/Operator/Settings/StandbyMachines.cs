using Operator.Entities.RunnerLeases;

namespace Operator.Settings;

/// <summary>What a machine's time on standby means for its age and its price. Pure.</summary>
internal static class StandbyMachines
{
    extension(LeasedInstance instance)
    {
        /// <summary>When the machine was last switched on: launched, or started from standby.</summary>
        public DateTimeOffset? SwitchedOnAt => instance.Standby?.StartedAt ?? instance.LaunchedAt;

        /// <summary>Whether the machine is stopped on standby.</summary>
        public bool IsStopped => instance.Standby is { StoppedAt: { } stopped } standby && !(standby.StartedAt >= stopped);
    }
}
