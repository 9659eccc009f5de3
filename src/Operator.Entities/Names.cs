namespace Operator.Entities;

/// <summary>The API group and version of the kinds.</summary>
public static class EntityGroup
{
    /// <summary>The group.</summary>
    public const string Name = "ec2runners.dev";

    /// <summary>The version.</summary>
    public const string Version = "v1alpha1";
}

/// <summary>Labels that the operator sets.</summary>
public static class Labels
{
    /// <summary>On a lease that a pool has made: the pool's name.</summary>
    public const string Pool = "ec2runners.dev/pool";

    /// <summary>On a lease of a set: the set's name.</summary>
    public const string LeaseSet = "ec2runners.dev/lease-set";

    /// <summary>On a lease set that was taken by the lease API: GitHub's id of the repository.</summary>
    public const string RepositoryId = "ec2runners.dev/repository-id";

    /// <summary>On a lease set that was taken by the lease API: the id of the workflow run.</summary>
    public const string RunId = "ec2runners.dev/run-id";

    /// <summary>On a lease set that was taken by the lease API with an Idempotency-Key: a hash of the key and the run.</summary>
    public const string RequestKey = "ec2runners.dev/request-key";

    /// <summary>On a lease of a pool that webhooks ask for: the id of the queued job that it was made for. Any runner with the right labels may
    /// take that job; the label keeps count.</summary>
    public const string Job = "ec2runners.dev/job";
}

/// <summary>Annotations.</summary>
public static class Annotations
{
    /// <summary>Set by users. <c>"true"</c> on a lease that is being deleted: terminate its machine at once, also a busy one.</summary>
    public const string Force = "ec2runners.dev/force";

    /// <summary>Beside the label <see cref="Labels.Job"/>: the repository of the job, such as <c>my-org/app</c>.</summary>
    public const string Repository = "ec2runners.dev/repository";

    /// <summary>Beside the label <see cref="Labels.Job"/>: the id of the workflow run.</summary>
    public const string RunId = "ec2runners.dev/run-id";

    /// <summary>Beside the label <see cref="Labels.Job"/>: the job's labels that choose its machine, separated by commas.</summary>
    public const string JobLabels = "ec2runners.dev/job-labels";

    /// <summary>Beside the label <see cref="Labels.Job"/>: the job's page.</summary>
    public const string JobUrl = "ec2runners.dev/job-url";

    /// <summary>On a lease that was made for a job that is to run again on demand: the runner that the job was lost with.</summary>
    public const string RerunOf = "ec2runners.dev/rerun-of";

    /// <summary><c>"true"</c> on a pool: take over a scale set of its name that exists already, such as one from before a cluster was restored.</summary>
    public const string AdoptScaleSet = "ec2runners.dev/adopt-scale-set";

    /// <summary>On a lease set that was taken by the lease API: who has issued the run's token.</summary>
    public const string Issuer = "ec2runners.dev/issuer";

    /// <summary>On a lease set that was taken by the lease API: a hash of the request.</summary>
    public const string Request = "ec2runners.dev/request";

    /// <summary>A time on a pool: when it was last asked to look at its image, the runner's version and its idle machines at once.</summary>
    public const string Refresh = "ec2runners.dev/refresh";

    /// <summary>A time on a pool, such as <c>2026-11-30T12:00:00Z</c>: machines that were launched before are replaced from then on, at the pace of <c>rollout.budget</c>.</summary>
    public const string Rotate = "ec2runners.dev/rotate";
}

/// <summary>Finalizers, one duty each.</summary>
public static class Finalizers
{
    /// <summary>On a pool: its runners drain, its launch templates go.</summary>
    public const string Pool = "ec2runners.dev/pool";

    /// <summary>On a lease set: its leases are released.</summary>
    public const string LeaseSet = "ec2runners.dev/lease-set";

    /// <summary>On a lease: its registration and its machine go.</summary>
    public const string Drain = "ec2runners.dev/drain";
}

/// <summary>Kinds of holders that mean something to the operator.</summary>
public static class LeaseHolders
{
    /// <summary>A workflow run, by its repository and id.</summary>
    public const string WorkflowRun = "WorkflowRun";

    /// <summary>Another lease, which takes this one's machine over.</summary>
    public const string RunnerLease = "RunnerLease";
}
