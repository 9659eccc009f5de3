namespace Operator.Entities;

/// <summary>The API group and version of the kinds.</summary>
public static class EntityGroup
{
    /// <summary>The group.</summary>
    public const string Name = "ec2runners.dev";

    /// <summary>The version.</summary>
    public const string Version = "v1alpha1";
}

/// <summary>Labels set by the operator.</summary>
public static class Labels
{
    /// <summary>On a lease created by a pool: the pool's name.</summary>
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
    /// <summary>Set by users. <c>"true"</c> on a lease that is being deleted: terminate its machine immediately, even a busy one.</summary>
    public const string Force = "ec2runners.dev/force";

    /// <summary>With the label <see cref="Labels.Job"/>: the repository of the job, such as <c>my-org/app</c>.</summary>
    public const string Repository = "ec2runners.dev/repository";

    /// <summary>With the label <see cref="Labels.Job"/>: the id of the workflow run.</summary>
    public const string RunId = "ec2runners.dev/run-id";

    /// <summary>With the label <see cref="Labels.Job"/>: those of the job's labels that choose its machine, comma-separated.</summary>
    public const string JobLabels = "ec2runners.dev/job-labels";

    /// <summary>With the label <see cref="Labels.Job"/>: the job's page.</summary>
    public const string JobUrl = "ec2runners.dev/job-url";

    /// <summary>On a lease created for a job that is rerun on demand: the runner that the job was lost with.</summary>
    public const string RerunOf = "ec2runners.dev/rerun-of";

    /// <summary>
    /// <c>"true"</c> on a pool: adopt an existing scale set with its name, for example from before a cluster was restored.
    /// </summary>
    public const string AdoptScaleSet = "ec2runners.dev/adopt-scale-set";

    /// <summary>On a lease set that was taken by the lease API: who has issued the run's token.</summary>
    public const string Issuer = "ec2runners.dev/issuer";

    /// <summary>On a lease set that was taken by the lease API: a hash of the request.</summary>
    public const string Request = "ec2runners.dev/request";

    /// <summary>A time on a pool: when it was last asked to look at its image, the runner's version and its idle machines at once.</summary>
    public const string Refresh = "ec2runners.dev/refresh";

    /// <summary>A time on a pool of a GitLab: when a webhook has told of its jobs last, so that the leader looks for them.</summary>
    public const string JobsHeard = "ec2runners.dev/jobs-heard";

    /// <summary>A time on a pool, such as <c>2026-11-30T12:00:00Z</c>: machines that were launched before are replaced from then on, at the pace of <c>rollout.budget</c>.</summary>
    public const string Rotate = "ec2runners.dev/rotate";
}

/// <summary>Finalizers, one task each.</summary>
public static class Finalizers
{
    /// <summary>On a pool: drains its runners and removes its launch templates.</summary>
    public const string Pool = "ec2runners.dev/pool";

    /// <summary>On a lease set: its leases are released.</summary>
    public const string LeaseSet = "ec2runners.dev/lease-set";

    /// <summary>On a lease: its registration and its machine go.</summary>
    public const string Drain = "ec2runners.dev/drain";
}

/// <summary>Kinds of holders with a meaning for the operator.</summary>
public static class LeaseHolders
{
    /// <summary>A workflow run, by its repository and id.</summary>
    public const string WorkflowRun = "WorkflowRun";

    /// <summary>Another lease, which takes this one's machine over.</summary>
    public const string RunnerLease = "RunnerLease";
}
