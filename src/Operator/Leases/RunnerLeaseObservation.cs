using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Everything <see cref="RunnerLeasePlanner"/> may use: one snapshot, taken before any decision.</summary>
/// <param name="Lease">The lease as stored; the planner never changes it.</param>
/// <param name="Pool">The settings of its pool, or null when the pool does not exist.</param>
/// <param name="Admission">Whether the pool lets it launch now.</param>
/// <param name="Instance">What EC2 knows of its instance.</param>
/// <param name="Registration">What GitHub knows of its runner.</param>
/// <param name="Command">The state of its mailbox; read only while a stop command is pending.</param>
/// <param name="Candidate">An idle runner of the pool whose machine this lease may take over, if it wants one.</param>
/// <param name="Claimant">The lease that has claimed this one's machine, if any.</param>
/// <param name="Now">The time of the observation.</param>
internal sealed record RunnerLeaseObservation(
    V1Alpha1RunnerLease Lease,
    PoolSettings? Pool,
    Admission Admission,
    InstanceView Instance,
    RegistrationView Registration,
    CommandState Command,
    V1Alpha1RunnerLease? Candidate,
    Claimant Claimant,
    DateTimeOffset Now)
{
    /// <summary>The forge's name, for messages.</summary>
    public string Forge => Pool?.Forge.ToString() ?? "the forge";

    /// <summary>Why the forge could not be queried about the runner; null if it was, or did not need to be.</summary>
    public string? RegistrationProblem { get; init; }

    /// <summary>GitHub's id of the runner that the machine was told to register; null while GitHub does not list it.</summary>
    public long? ListedRunner { get; init; }

    /// <summary>Whether this machine's boot failure is in the pool's record.</summary>
    public bool IsBootFailureRecorded { get; init; }

    /// <summary>The job the machine had when the lease was last stored; null for none.</summary>
    public LeasedJob? JobAtHand { get; init; }

    /// <summary>Whether the loss of that job has just been added to the pool's record.</summary>
    public bool IsLossRecorded { get; init; }

    /// <summary>The machine of the pool's Auto Scaling group that is the lease's to adopt; null if there is none, or it waits for none.</summary>
    public Instance? Offered { get; init; }

    /// <summary>What the machine's Auto Scaling group shows of it; null if it is in none.</summary>
    public GroupMember? Member { get; init; }

    /// <summary>When the last listing of the account's instances began; null before the first.</summary>
    public DateTimeOffset? ListedAt { get; init; }

    /// <summary>Whether the command that starts the host script was sent or looked at in this pass.</summary>
    public bool IsCommandChecked { get; init; }

    /// <summary>Why the machine's mailbox cannot be used in this pass.</summary>
    public ProviderException? CommandFailure { get; init; }

    /// <summary>Why the machine cannot be terminated in this pass.</summary>
    public ProviderException? TerminationFailure { get; init; }

    /// <summary>The observation after a refused action that the plan can continue without; null if it cannot.</summary>
    public RunnerLeaseObservation? AfterRefusal(RunnerLeaseAction action, ProviderException refusal) => action switch
    {
        RunnerLeaseAction.RevokeCommand or RunnerLeaseAction.SendStop or RunnerLeaseAction.ReadMailbox => this with { CommandFailure = refusal },
        RunnerLeaseAction.Terminate => this with { TerminationFailure = refusal },
        _ => null,
    };
}

/// <summary>Whether a lease may launch now, and if not, why.</summary>
/// <param name="Granted">Whether it may.</param>
/// <param name="Reason">The condition reason if it may not.</param>
/// <param name="Message">What to do about it.</param>
internal sealed record Admission(bool Granted, string Reason = "", string Message = "")
{
    public static readonly Admission Yes = new(Granted: true);

    /// <summary>When to plan again if nothing changes.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>What GitHub's list of runners shows for the runner a lease names.</summary>
internal enum RegistrationView
{
    /// <summary>The lease names no runner.</summary>
    None,

    /// <summary>The list is older than the registration, or could not be read.</summary>
    Unknown,

    /// <summary>Registered; not connected yet, or disconnected.</summary>
    Offline,

    /// <summary>Connected and waiting for a job.</summary>
    Idle,

    /// <summary>Running a job.</summary>
    Busy,

    /// <summary>GitHub has just refused to delete it, because it is busy.</summary>
    Refused,

    /// <summary>No longer registered.</summary>
    Gone,

    /// <summary>Its job was reported as completed. Deleting its registration, or finding it gone, has yet to confirm that.</summary>
    Finished,
}

/// <summary>What GitHub showed of a runner.</summary>
/// <param name="View">The state it implies.</param>
/// <param name="Problem">Why GitHub could not be queried.</param>
internal sealed record RegistrationSighting(RegistrationView View, string? Problem = null)
{
    /// <summary>The id of a runner that was awaited.</summary>
    public long? Listed { get; init; }
}

/// <summary>Whether the last command to a machine is still unread.</summary>
internal enum CommandState
{
    /// <summary>Not read.</summary>
    Unknown,

    /// <summary>Still there: the machine has not read it.</summary>
    Unread,

    /// <summary>The machine has taken it.</summary>
    Taken,
}

/// <summary>The state of the lease that claimed this lease's machine.</summary>
internal enum Claimant
{
    /// <summary>No other lease claims the machine.</summary>
    None,

    /// <summary>The claiming lease exists but does not name the machine yet.</summary>
    Adopting,

    /// <summary>The claiming lease names the machine and is its owner now.</summary>
    Adopted,

    /// <summary>The claiming lease is gone and never named the machine.</summary>
    Gone,
}
