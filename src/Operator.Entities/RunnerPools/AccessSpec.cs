using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Who may take runners of the pool with a workflow's own identity, and how much of it.</summary>
public sealed class AccessSpec
{
    /// <summary>Whose workflow runs may take leases by the lease API: those that meet one of the rules. Absent means none.</summary>
    [Items(1, 50), ListType("atomic")]
    public List<AccessRule>? Allow { get; set; }

    /// <summary>The enterprise's slug, where its workflows have an issuer of tokens of their own (GitHub's setting <c>include_enterprise_slug</c>). Absent means the host's common issuer.</summary>
    [Length(1, 100), Pattern("^[A-Za-z0-9-]+$", "access.enterpriseIssuer: write the slug of the enterprise, as in its address")]
    public string? EnterpriseIssuer { get; set; }

    /// <summary>The most runners of one request, 1 to 100; never more than <c>maxRunners</c>.</summary>
    [Default("10"), RangeMinimum(1), RangeMaximum(RunnerLeaseSets.RunnerLeaseSetSpec.MaxCount)]
    public int? MaxCount { get; set; }

    /// <summary>The most runners that the runs of one repository hold at a time by the lease API, 1 to 10000; what goes beyond fails before anything is taken. Absent means up to <c>maxRunners</c>.</summary>
    [RangeMinimum(1), RangeMaximum(10_000)]
    public int? MaxPerRepository { get; set; }

    /// <summary>The longest <c>ttl</c> of a request, a duration; also that of requests without one.</summary>
    [Default("\"6h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? MaxTtl { get; set; }

    /// <summary>The longest <c>maxRuntime</c> that a request may ask for, a duration. Absent means the pool's <c>runner.maxRuntime</c>.</summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? MaxRuntime { get; set; }

    /// <summary>The usage classes that a request may ask for. Absent means both.</summary>
    [Items(1, 2), ListType("set")]
    public List<UsageClass>? UsageClasses { get; set; }

    /// <summary>The ResourceClasses that a request may ask for beside the pool's own. Absent means none.</summary>
    [Items(1, 50), ListType("set"), Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public List<string>? ResourceClassNames { get; set; }

    /// <summary>Whether a machine that a run of one repository has held and used may go to another repository; it is cleaned in between, but not replaced. Defaults to false.</summary>
    public bool? ShareMachines { get; set; }
}

/// <summary>Workflow runs that may take leases: those that meet all conditions of the rule. Ids are compared, never names: names pass to others.</summary>
public sealed class AccessRule
{
    /// <summary>GitHub's id of the organization or user that owns the repository, digits in quotes: <c>gh api users/OWNER --jq .id</c>.</summary>
    [Required, Length(1, 20), Pattern("^[0-9]+$", "access.allow.ownerId: write the owner's id, digits in quotes: gh api users/OWNER --jq .id")]
    public string OwnerId { get; set; } = "";

    /// <summary>GitHub's ids of repositories of that owner, digits in quotes: <c>gh api repos/OWNER/NAME --jq .id</c>. Absent means all of them.</summary>
    [Items(1, 200), ListType("set"), Length(1, 20), Pattern("^[0-9]+$", "access.allow.repositoryIds: write ids, digits in quotes: gh api repos/OWNER/NAME --jq .id")]
    public List<string>? RepositoryIds { get; set; }

    /// <summary>The refs that the run may be of, such as <c>refs/heads/main</c> or <c>refs/tags/v*</c>; <c>*</c> stands for any text. Absent means any.</summary>
    [Items(1, 50), ListType("set"), Length(1, 256)]
    public List<string>? Refs { get; set; }

    /// <summary>The environments that the requesting job may be of, by their exact names. Absent means any, or none.</summary>
    [Items(1, 50), ListType("set"), Length(1, 255)]
    public List<string>? Environments { get; set; }

    /// <summary>
    /// The events that may have started the run. Absent means those that no one outside the repository can cause: <c>push</c>, <c>schedule</c>, <c>workflow_dispatch</c>,
    /// <c>repository_dispatch</c>, <c>merge_group</c>, <c>release</c> and <c>deployment</c>.
    /// </summary>
    [Items(1, 50), ListType("set"), Length(1, 64), Pattern("^[a-z_]+$", "access.allow.events: write names of events, such as push or pull_request")]
    public List<string>? Events { get; set; }

    /// <summary>Where the requesting job may run: <c>github-hosted</c>, <c>self-hosted</c>. Absent means on GitHub's own machines only: code that runs on a machine of yours has the identity of its job.</summary>
    [Items(1, 2), ListType("set"), Length(1, 32), Pattern("^(github-hosted|self-hosted)$", "access.allow.runnerEnvironments: write github-hosted or self-hosted")]
    public List<string>? RunnerEnvironments { get; set; }

    /// <summary>
    /// The files that may hold the requesting job, with their ref, such as <c>my-org/ci/.github/workflows/lease.yml@refs/heads/main</c>; <c>*</c> stands for any text. Absent means any.
    /// </summary>
    [Items(1, 50), ListType("set"), Length(1, 512)]
    public List<string>? JobWorkflowRefs { get; set; }
}
