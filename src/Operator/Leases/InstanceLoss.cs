using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Why an instance terminated unexpectedly, from EC2's state reason: a reason and what to do. Pure.</summary>
internal static class InstanceLoss
{
    /// <param name="id">The instance.</param>
    /// <param name="why">The code of EC2's state reason, if it is known.</param>
    /// <param name="hasConnected">Whether its runner was ever seen at GitHub.</param>
    /// <param name="announced">What EC2 had announced, if anything.</param>
    /// <param name="said">Why it failed to boot, if the machine said so.</param>
    public static (string Reason, string Message) Of(string id, string? why, bool hasConnected, LeaseInterruption? announced = null, string? said = null) => why switch
    {
        "Server.SpotInstanceTermination" or "Server.SpotInstanceShutdown" => (RunnerLeaseReasons.SpotInterrupted, $"EC2 reclaimed the spot instance {id}"),
        null or "Client.InstanceInitiatedShutdown" when announced is { Reason: InterruptionNotice.Spot } => (
            RunnerLeaseReasons.SpotInterrupted, $"the spot instance {id} was terminated after EC2's interruption notice"),
        "Server.InsufficientInstanceCapacity" => (RunnerLeaseReasons.InsufficientCapacity, $"EC2 had no capacity left for instance {id} after all"),
        "Client.VolumeLimitExceeded" or "Client.InstanceLimitExceeded" => (
            RunnerLeaseReasons.QuotaExceeded, $"EC2 terminated instance {id} on launch: {why}; ask AWS for a larger quota, of volumes or their total size"),
        "Client.InvalidSnapshot.NotFound" => (
            RunnerLeaseReasons.SnapshotNotFound, $"EC2 terminated instance {id} on launch: {why}; use an image whose snapshots exist and are shared with this account"),
        "Client.InternalError" => (RunnerLeaseReasons.VolumeKeyUnusable, $"EC2 terminated instance {id} on launch: {why}, mostly for the KMS key of a volume; {KeyAdvice}"),
        not null when why.StartsWith("Client.InvalidKMSKey.", StringComparison.Ordinal) => (
            RunnerLeaseReasons.VolumeKeyUnusable, $"EC2 terminated instance {id} on launch: {why}; {KeyAdvice}"),
        not null when why.StartsWith("Server.", StringComparison.Ordinal) => (RunnerLeaseReasons.InstanceFailed, $"EC2 ended instance {id}: {why}"),
        _ when !hasConnected && said is not null => (RunnerLeaseReasons.BootFailed, $"instance {id} powered off before its runner connected: {said}"),
        _ when !hasConnected => (RunnerLeaseReasons.BootFailed, $"instance {id} terminated before its runner connected ({why ?? "no reason given"}); see its console output"),
        _ => (RunnerLeaseReasons.InstanceLost, $"instance {id} is gone ({why ?? "no reason given"})"),
    };

    /// <summary>Whether EC2 itself terminated an instance, as opposed to a person, the operator or the instance.</summary>
    /// <param name="why">The code of EC2's state reason, if it is known.</param>
    /// <param name="announced">What EC2 had announced, if anything.</param>
    public static bool IsOfEc2(string? why, LeaseInterruption? announced) =>
        why is null ? announced is { Reason: InterruptionNotice.Spot } : why.StartsWith("Server.", StringComparison.Ordinal);

    private const string KeyAdvice = "enable the key, and grant it to the launching role (for spot, AWSServiceRoleForEC2Spot)";
}
