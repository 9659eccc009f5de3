namespace Operator.Entities.Conditions;

/// <summary>
/// Reasons of a pool's conditions and events. Reasons from AWS and GitHub, and what to do about each, are in docs/troubleshooting.md.
/// </summary>
public static class RunnerPoolReasons
{
    // Problems of the spec.
    /// <summary>No problem.</summary>
    public const string Valid = nameof(Valid);

    /// <summary>Not checked, because an earlier condition is not met.</summary>
    public const string NotChecked = nameof(NotChecked);

    /// <summary>The first answer has not arrived yet.</summary>
    public const string Checking = nameof(Checking);

    /// <summary>The name is too long to be part of lease names.</summary>
    public const string NameTooLong = nameof(NameTooLong);

    /// <summary>The pool asks for something that GitLab does not have, or its GitLab settings contradict each other.</summary>
    public const string NotOfGitLab = nameof(NotOfGitLab);

    /// <summary>The URL is not a valid one of a GitHub or GitLab.</summary>
    public const string InvalidUrl = nameof(InvalidUrl);

    /// <summary>The pool has no labels.</summary>
    public const string NoLabels = nameof(NoLabels);

    /// <summary>Runners of a scale set cannot be registered with a token.</summary>
    public const string RegistrationNotPossible = nameof(RegistrationNotPossible);

    /// <summary>The numbers contradict each other.</summary>
    public const string InvalidCapacity = nameof(InvalidCapacity);

    /// <summary>A schedule is invalid, or contradicts the capacity.</summary>
    public const string InvalidSchedule = nameof(InvalidSchedule);

    /// <summary>The purchasing settings contradict each other.</summary>
    public const string InvalidPurchasing = nameof(InvalidPurchasing);

    /// <summary>The image is not specified in exactly one way.</summary>
    public const string InvalidImage = nameof(InvalidImage);

    /// <summary>A tag is not allowed.</summary>
    public const string InvalidTag = nameof(InvalidTag);

    /// <summary>A duration is invalid.</summary>
    public const string InvalidDuration = nameof(InvalidDuration);

    /// <summary>The name of an environment variable is invalid.</summary>
    public const string InvalidEnvironment = nameof(InvalidEnvironment);

    /// <summary>The runner's settings cannot be written into user data.</summary>
    public const string InvalidRunnerSpec = nameof(InvalidRunnerSpec);

    /// <summary>The scripts do not fit into user data.</summary>
    public const string UserDataTooLarge = nameof(UserDataTooLarge);

    /// <summary>The script's ConfigMap or key does not exist.</summary>
    public const string PreRunnerScriptNotFound = nameof(PreRunnerScriptNotFound);

    /// <summary>A Secret or key of <c>runner.secretRefs</c>, or of the container's, does not exist, or they are too large together.</summary>
    public const string SecretsUnusable = nameof(SecretsUnusable);

    /// <summary>The ConfigMap or key of <c>runner.caBundle</c> does not exist, or there are no certificates in it, malformed ones, or too many.</summary>
    public const string CaBundleUnusable = nameof(CaBundleUnusable);

    /// <summary>EC2 would refuse a volume, or create a different one than intended.</summary>
    public const string InvalidVolumes = nameof(InvalidVolumes);

    /// <summary>The subnets are in more than one VPC.</summary>
    public const string SubnetsOfSeveralVpcs = nameof(SubnetsOfSeveralVpcs);

    /// <summary>Machines in a subnet cannot have the IPv4 address that the pool wants for them.</summary>
    public const string SubnetWithoutIpv4 = nameof(SubnetWithoutIpv4);

    /// <summary>The runner's version cannot be downloaded with a checksum.</summary>
    public const string RunnerVersionUnavailable = nameof(RunnerVersionUnavailable);

    // Observed state of the pool.
    /// <summary>The pool is ready.</summary>
    public const string Ready = nameof(Ready);

    /// <summary>Launches are paused.</summary>
    public const string Paused = nameof(Paused);

    /// <summary>`maxRunners` is reached, and more jobs are waiting.</summary>
    public const string Saturated = nameof(Saturated);

    /// <summary>The pool's cost is within its budget.</summary>
    public const string WithinBudget = nameof(WithinBudget);

    /// <summary>The pool has reached its budget: nothing is launched until the next day or month begins.</summary>
    public const string BudgetReached = nameof(BudgetReached);

    /// <summary>A budget is less than the cheapest machine of the pool costs in an hour.</summary>
    public const string BudgetTooSmall = nameof(BudgetTooSmall);

    /// <summary>A capacity reservation does not exist in the pool's account and region, or no reservation has the tags.</summary>
    public const string ReservationNotFound = nameof(ReservationNotFound);

    /// <summary>A capacity reservation has ended, or does not fit the pool's machines.</summary>
    public const string ReservationUnusable = nameof(ReservationUnusable);

    /// <summary>EC2 has taken back as many spot machines as <c>purchasing.interruptionBreaker</c> says: the pool buys on demand for a while.</summary>
    public const string TooManyInterruptions = nameof(TooManyInterruptions);

    /// <summary>The annotation that requests a rotation of the machines is not a time.</summary>
    public const string InvalidRotation = nameof(InvalidRotation);

    /// <summary>Outdated machines are being replaced.</summary>
    public const string RollingOut = nameof(RollingOut);

    /// <summary>Machines terminate before they connect to GitHub.</summary>
    public const string BootsFailing = nameof(BootsFailing);

    /// <summary>GitHub has stopped, or will stop, giving jobs to the version of some runners.</summary>
    public const string RunnerVersionDeprecated = nameof(RunnerVersionDeprecated);

    /// <summary>GitHub counts jobs as assigned that it delivers to no runner, although runners are idle.</summary>
    public const string JobsNotDelivered = nameof(JobsNotDelivered);

    /// <summary>GitHub refuses to rerun lost jobs.</summary>
    public const string RerunRefused = nameof(RerunRefused);

    /// <summary>A job that was lost with its machine is rerun.</summary>
    public const string JobRerun = nameof(JobRerun);

    /// <summary>A job that was lost with its machine is not rerun automatically.</summary>
    public const string JobNotRerun = nameof(JobNotRerun);

    /// <summary>A workflow run that is only waiting for a lost job is cancelled, so that it can be rerun.</summary>
    public const string RunCancelled = nameof(RunCancelled);

    /// <summary>No machine of the launch template has connected yet.</summary>
    public const string Unproven = nameof(Unproven);

    /// <summary>No lease is waiting for EC2 capacity.</summary>
    public const string Available = nameof(Available);

    /// <summary>The operator is connecting to GitHub.</summary>
    public const string Opening = nameof(Opening);

    /// <summary>Webhooks cannot be verified.</summary>
    public const string WebhookSecretMissing = nameof(WebhookSecretMissing);

    /// <summary>Webhooks are signed with a secret that is too short.</summary>
    public const string WebhookSecretWeak = nameof(WebhookSecretWeak);

    /// <summary>Another pool has the same labels; this one gets every job.</summary>
    public const string SharedLabels = nameof(SharedLabels);

    /// <summary>Another pool has the same labels and gets every job.</summary>
    public const string LabelsTaken = nameof(LabelsTaken);

    /// <summary>Webhooks can be verified; lost ones cannot be recovered because a permission is missing.</summary>
    public const string ResyncForbidden = nameof(ResyncForbidden);

    /// <summary>Webhooks can be verified; lost ones cannot be recovered at the moment.</summary>
    public const string ResyncFailing = nameof(ResyncFailing);

    /// <summary>Registrations at the pool's previous host are left to GitHub.</summary>
    public const string HostChanged = nameof(HostChanged);

    /// <summary>The ConfigMap that records the pools is full.</summary>
    public const string OwnershipRecordFull = nameof(OwnershipRecordFull);

    /// <summary>Launching or terminating is suspended in the pool's Auto Scaling group.</summary>
    public const string ProcessesSuspended = nameof(ProcessesSuspended);

    /// <summary>The pool's Auto Scaling group is being deleted by someone; another one is made when it is gone.</summary>
    public const string GroupDeleting = nameof(GroupDeleting);

    /// <summary>The pool's Auto Scaling group cannot launch machines.</summary>
    public const string GroupLaunchFailed = nameof(GroupLaunchFailed);

    /// <summary>The pool's Auto Scaling group was made.</summary>
    public const string GroupCreated = nameof(GroupCreated);

    /// <summary>The desired capacity of the pool's Auto Scaling group had been changed by someone and was set again.</summary>
    public const string DesiredCapacityCorrected = nameof(DesiredCapacityCorrected);

    // What prevents a deletion.
    /// <summary>The Auto Scaling group cannot be removed.</summary>
    public const string GroupRemains = nameof(GroupRemains);

    /// <summary>GitHub reports a runner without a lease as busy.</summary>
    public const string RunnersLeft = nameof(RunnersLeft);

    /// <summary>Registrations cannot be removed.</summary>
    public const string RegistrationsRemain = nameof(RegistrationsRemain);

    /// <summary>The scale set cannot be removed.</summary>
    public const string ScaleSetRemains = nameof(ScaleSetRemains);

    /// <summary>Launch templates cannot be removed.</summary>
    public const string LaunchTemplatesRemain = nameof(LaunchTemplatesRemain);
}
