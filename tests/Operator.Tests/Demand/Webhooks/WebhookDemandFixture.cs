using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Operator.Common;
using Operator.Demand;
using Operator.Demand.Webhooks;
using Operator.Entities;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.Leases;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Runtime.Metrics;
using Operator.Settings;
using Operator.Simulator.Time;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>The demand source with its assignments, and the vocabulary of its tests.</summary>
internal sealed class WebhookDemandFixture : IRunnerJobRecorder
{
    public const string Cluster = "cluster";
    public const string Secret = "It's a Secret to Everybody";

    public static readonly WebhookMetrics Metrics = new(new Instruments());

    public static readonly JobSite Site = new("https://github.com", "my-org/app", Enterprise: null);

    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly ObjectStore<V1Alpha1ResourceClass> _classes = new();
    private readonly List<NamespacedName> _reported = [];
    private int _version = 1;

    public WebhookDemandFixture()
    {
        Pools = new ServingPools(_pools, _classes);
        Leases = new JobLeases(Api, Api.Store, _pools, new PoolDirectory(_pools, _classes, Clock));
        Unattributed = new UnattributedLeases(Clock);
        Assignments = new JobAssignments(Leases, Unattributed, new EndedJobs(), Refused = new RefusedLeases(Woken.Add, Clock));
        Intake = new WorkflowJobHandler(Pools, Assignments, this, new ClusterIdentity(Cluster), new DemandMetrics(new Instruments(), Clock));
        Secrets = new WebhookSecrets(Api, _pools, new DemandOptions(), Clock, NullLogger<WebhookSecrets>.Instance);
        var writer = new RunnerLeaseWriter(Api, Api.Store, Substitute.For<IEventRecorder>(), Clock);
        Relay = new WorkflowJobRelay(Pools, Leases, writer, new ClusterIdentity(Cluster));
        ReportReconciler = new JobReportReconciler(Api.Store, Leases, Intake, Assignments, writer);
        Router = new WorkflowJobRouter(Relay);
        Router.Lead(Intake);
        CompletedRuns.AddIndexes(Sets);
        Dispatcher = new WebhookDispatcher(Router, new CompletedRuns(SetApi = Substitute.For<IKubernetesClient>(), Sets, _pools, Clock), NullLogger<WebhookDispatcher>.Instance);
        Status = new WebhookDemandStatus(Pools, Secrets, Woken.Add);
        Demand = new WebhookDemand(new CompletedRunners(Clock));
        _classes.Set(new V1Alpha1ResourceClass
        {
            Metadata = new() { Name = "medium", ResourceVersion = "1" },
            Spec = new() { IsDefault = true, Architecture = Entities.ResourceClasses.Architecture.Amd64 },
        });
        Api.SetSecret(new("default", "github-app"), ("github_token", "t"), (WebhookSecrets.Key, Secret));
    }

    public ManualTimeProvider Clock { get; } = new();

    public ObjectStore<V1Alpha1RunnerLeaseSet> Sets { get; } = new();

    /// <summary>The API server as far as it has lease sets.</summary>
    public IKubernetesClient SetApi { get; }

    public FakeApi Api { get; } = new();

    public ServingPools Pools { get; }

    public JobLeases Leases { get; }

    public UnattributedLeases Unattributed { get; }

    public JobAssignments Assignments { get; }

    public WorkflowJobHandler Intake { get; }

    public WebhookSecrets Secrets { get; }

    public WebhookDispatcher Dispatcher { get; }

    /// <summary>What a replica does that does not lead.</summary>
    public WorkflowJobRelay Relay { get; }

    public JobReportReconciler ReportReconciler { get; }

    public WorkflowJobRouter Router { get; }

    public WebhookDemandStatus Status { get; }

    /// <summary>The pools that were queued.</summary>
    public List<NamespacedName> Woken { get; } = [];

    public RefusedLeases Refused { get; }

    public WebhookDemand Demand { get; }

    /// <summary>How many jobs a pool has.</summary>
    public int? Jobs(string pool = "runners") =>
        Demand.AssignedJobs(_pools.Get(new("default", pool))!, [.. Api.Leases.Where(lease => lease.Spec.PoolName == pool)]);

    /// <summary>What was reported, in order.</summary>
    public List<string> Reports { get; } = [];

    public const long RunnerId = 1;

    /// <summary>A job; one with a runner is on that of <see cref="AddLease"/>.</summary>
    public static GitHubJob Job(long id, string? runner = null, params string[] labels) =>
        new() { Id = id, RunId = id * 10, RunnerName = runner, RunnerId = runner is null ? null : RunnerId, Labels = labels.Length > 0 ? labels : ["linux-large"], HtmlUrl = $"https://github.com/j/{id}" };

    public V1Alpha1RunnerPool AddPool(
        string name = "runners", string url = "https://github.com/my-org", string secret = "github-app",
        DemandSource demand = DemandSource.Webhook, RunnerLifecycle lifecycle = RunnerLifecycle.Ephemeral, bool hasCredentials = true, params string[] labels)
    {
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = new() { Name = name, NamespaceProperty = "default", Uid = $"uid-{name}", ResourceVersion = $"{_version++}" },
            Spec = new()
            {
                GitHub = new() { Url = url, CredentialsSecretName = secret, Demand = demand, Labels = labels.Length > 0 ? [.. labels] : ["linux-large"] },
                Runner = new() { Lifecycle = lifecycle },
            },
            Status = new() { Conditions = [new() { Type = RunnerPoolConditions.CredentialsReady, Status = hasCredentials ? "True" : "False" }] },
        };
        _pools.Set(pool);
        return pool;
    }

    /// <summary>A lease whose runner is registered as <c>{name}-runner</c>, or by a name that the operator would give it.</summary>
    public V1Alpha1RunnerLease AddLease(
        string name, string? made = null, string? runs = null, string pool = "runners", string? url = "https://github.com/my-org", string? runner = null) => Api.Put(new V1Alpha1RunnerLease
        {
            Metadata = new()
            {
                Name = name,
                Labels = made is null ? [] : new() { [Entities.Labels.Job] = made },
                Annotations = made is null ? [] : new() { [Annotations.Repository] = "my-org/app" },
            },
            Spec = new() { PoolName = pool },
            Status = new() { Runner = new() { Id = RunnerId, Name = runner ?? $"{name}-runner", Url = url }, Job = runs is null ? null : new() { Id = runs } },
        });

    /// <summary>Reports a start, and records it like the job reports do.</summary>
    public async Task StartAsync(long job, string lease)
    {
        var isLate = Api.Leases.FirstOrDefault(other => other.Metadata.Name == lease) is { } server && Assignments.IsOver(Job(job), new(Site, WebhookTrust.Everybody), server);
        await Intake.StartedAsync(Job(job, $"{lease}-runner"), Site, WebhookTrust.Everybody, CancellationToken.None);
        if (!isLate && Api.Leases.FirstOrDefault(other => other.Metadata.Name == lease) is { } before)
        {
            var after = LeaseCopies.Create(before);
            after.Status!.Job = new() { Id = $"{job}" };
            Unattributed.OnLeaseChanged(before, Api.Put(after));
        }
    }

    /// <summary>Deletes a lease, as seen by the informer.</summary>
    public async Task GoneAsync(string name)
    {
        var lease = Api[name];
        await Api.DeleteAsync<V1Alpha1RunnerLease>(new("default", name), options: null, CancellationToken.None);
        Unattributed.OnLeaseChanged(lease, after: null);
        ReportReconciler.KeepGone(lease, after: null);
        if (JobReportReconciler.IsRelevant(lease, after: null))
        {
            _reported.Add(NamespacedName.From(lease));
        }
    }

    /// <summary>The leader looks at what the other replica has stored.</summary>
    public async Task ReconcileReportsAsync()
    {
        var keys = _reported.Concat(Api.Leases.Where(lease => lease.Status?.JobReports is { Count: > 0 }).Select(lease => NamespacedName.From(lease))).ToList();
        _reported.Clear();
        foreach (var key in keys)
        {
            await ReportReconciler.ReconcileAsync(key, CancellationToken.None);
        }
    }

    /// <summary>The jobs that leases were created for, by lease.</summary>
    public string Tags() => string.Join(' ', Api.Leases.OrderBy(lease => lease.Metadata.Name, StringComparer.Ordinal)
        .Select(lease => $"{lease.Metadata.Name}={lease.Metadata.Labels?.GetValueOrDefault(Entities.Labels.Job)}"));

    /// <summary>Whether what is reported of a start is put on record on the lease.</summary>
    public bool RecordsStarts { get; init; }

    Task IRunnerJobRecorder.StartedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken)
    {
        if (RecordsStarts && Api.Leases.FirstOrDefault(lease => lease.Status?.Runner?.Name == job.RunnerName) is { } before)
        {
            var after = LeaseCopies.Create(before);
            after.Status!.Job = new() { Id = job.JobId };
            Unattributed.OnLeaseChanged(before, Api.Put(after));
        }

        return Note("started", pool, job);
    }

    Task IRunnerJobRecorder.CompletedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken) => Note("completed", pool, job);

    private Task Note(string what, NamespacedName pool, JobReport job)
    {
        Reports.Add($"{what} {job.JobId} on {job.RunnerName} of {pool.Name}");
        return Task.CompletedTask;
    }
}
