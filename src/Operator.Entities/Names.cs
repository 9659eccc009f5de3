namespace Operator.Entities;

/// <summary>The API group and version of the three kinds.</summary>
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

    /// <summary>
    /// On a lease of a pool with webhook demand: the id of the queued job that it was created for. Any runner with the right labels may
    /// take that job; the label keeps count.
    /// </summary>
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

    /// <summary>
    /// A time on a pool, such as <c>2026-11-30T12:00:00Z</c>: from then on, machines launched before it are replaced within
    /// <c>rollout.budget</c>.
    /// </summary>
    public const string Rotate = "ec2runners.dev/rotate";
}

/// <summary>Finalizers, one task each.</summary>
public static class Finalizers
{
    /// <summary>On a pool: drains its runners and removes its launch templates.</summary>
    public const string Pool = "ec2runners.dev/pool";

    /// <summary>On a lease: removes its registration and its machine.</summary>
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
