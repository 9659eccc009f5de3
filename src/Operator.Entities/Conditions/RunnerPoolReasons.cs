namespace Operator.Entities.Conditions;

/// <summary>Reasons of a pool's conditions and events. Those that AWS and GitHub give, and what to do about each, are in docs/troubleshooting.md.</summary>
public static class RunnerPoolReasons
{
    // What the spec lacks.
    /// <summary>Nothing.</summary>
    public const string Valid = nameof(Valid);

    /// <summary>It was not looked at, because of what failed before.</summary>
    public const string NotChecked = nameof(NotChecked);

    /// <summary>The name does not fit into those of its leases.</summary>
    public const string NameTooLong = nameof(NameTooLong);

    /// <summary>The address is not one of GitHub.</summary>
    public const string InvalidUrl = nameof(InvalidUrl);

    /// <summary>There is no label that a job could name.</summary>
    public const string NoLabels = nameof(NoLabels);

    /// <summary>The numbers contradict one another.</summary>
    public const string InvalidCapacity = nameof(InvalidCapacity);

    /// <summary>A schedule cannot be understood, or contradicts the capacity.</summary>
    public const string InvalidSchedule = nameof(InvalidSchedule);

    /// <summary>The purchasing contradicts itself.</summary>
    public const string InvalidPurchasing = nameof(InvalidPurchasing);

    /// <summary>The image is not named by exactly one of its ways.</summary>
    public const string InvalidImage = nameof(InvalidImage);

    /// <summary>A tag is not allowed.</summary>
    public const string InvalidTag = nameof(InvalidTag);

    /// <summary>A duration cannot be understood.</summary>
    public const string InvalidDuration = nameof(InvalidDuration);

    /// <summary>A variable of the runner has no valid name.</summary>
    public const string InvalidEnvironment = nameof(InvalidEnvironment);

    /// <summary>The runner's settings cannot be put into user data.</summary>
    public const string InvalidRunnerSpec = nameof(InvalidRunnerSpec);

    /// <summary>The scripts do not fit into user data.</summary>
    public const string UserDataTooLarge = nameof(UserDataTooLarge);

    /// <summary>The script's ConfigMap or key is not there.</summary>
    public const string PreRunnerScriptNotFound = nameof(PreRunnerScriptNotFound);

    /// <summary>EC2 would refuse a volume, or make another than the one that is meant.</summary>
    public const string InvalidVolumes = nameof(InvalidVolumes);

    /// <summary>The subnets are in more than one VPC.</summary>
    public const string SubnetsOfSeveralVpcs = nameof(SubnetsOfSeveralVpcs);

    /// <summary>The runner's version cannot be downloaded with a checksum.</summary>
    public const string RunnerVersionUnavailable = nameof(RunnerVersionUnavailable);

    // How the pool stands.
    /// <summary>It serves.</summary>
    public const string Ready = nameof(Ready);

    /// <summary>Nothing new is launched.</summary>
    public const string Paused = nameof(Paused);

    /// <summary>Machines end before they connect to GitHub.</summary>
    public const string BootsFailing = nameof(BootsFailing);

    /// <summary>No machine of the launch template has connected yet.</summary>
    public const string Unproven = nameof(Unproven);

    /// <summary>EC2 has given what was asked for.</summary>
    public const string Available = nameof(Available);

    /// <summary>The operator is connecting to GitHub.</summary>
    public const string Opening = nameof(Opening);

    /// <summary>Webhooks cannot be verified.</summary>
    public const string WebhookSecretMissing = nameof(WebhookSecretMissing);

    /// <summary>Another pool has the same labels, and this one gets every job.</summary>
    public const string SharedLabels = nameof(SharedLabels);

    /// <summary>Another pool has the same labels, and gets every job.</summary>
    public const string LabelsTaken = nameof(LabelsTaken);

    /// <summary>Webhooks are received; lost ones cannot be made good for lack of a right.</summary>
    public const string ResyncForbidden = nameof(ResyncForbidden);

    /// <summary>Webhooks are received; lost ones cannot be made good at the moment.</summary>
    public const string ResyncFailing = nameof(ResyncFailing);

    /// <summary>What is at the pool's former host is left to GitHub.</summary>
    public const string HostChanged = nameof(HostChanged);

    /// <summary>The ConfigMap that remembers the pools cannot take another one.</summary>
    public const string OwnershipRecordFull = nameof(OwnershipRecordFull);

    // What stands in the way of a deletion.
    /// <summary>GitHub takes a runner for busy that no lease has.</summary>
    public const string RunnersLeft = nameof(RunnersLeft);

    /// <summary>Registrations cannot be removed.</summary>
    public const string RegistrationsRemain = nameof(RegistrationsRemain);

    /// <summary>The scale set cannot be removed.</summary>
    public const string ScaleSetRemains = nameof(ScaleSetRemains);

    /// <summary>Launch templates cannot be removed.</summary>
    public const string LaunchTemplatesRemain = nameof(LaunchTemplatesRemain);
}
