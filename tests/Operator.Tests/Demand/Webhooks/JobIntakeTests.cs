using System.Net;
using Operator.Controllers.RunnerLeases;
using Operator.Demand.Webhooks;
using Operator.Entities;
using Operator.Entities.RunnerPools;
using Operator.Runtime;
using Operator.Runtime.Client;
using static Operator.Tests.Demand.Webhooks.DoorFixture;

namespace Operator.Tests.Demand.Webhooks;

public sealed class JobIntakeTests
{
    private static readonly WebhookTrust Everybody = WebhookTrust.Everybody;
    private static readonly NamespacedName Pool = new("default", "runners");
    private readonly DoorFixture _door = new();

    [Fact]
    public async Task Queued_Served_MakesOneLeaseNamedByTheJob()
    {
        _door.AddPool();

        Assert.Equal(IntakeOutcome.LeaseCreated, await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Equal(IntakeOutcome.AlreadyKnown, await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default));

        var lease = Assert.Single(_door.Api.Leases);
        Assert.Equal("runners-job-7", lease.Metadata.Name);
        Assert.Equal(("runners", "7"), (lease.Metadata.Labels![Labels.Pool], lease.Metadata.Labels[Labels.Job]));
        Assert.Equal(("my-org/app", "70"), (lease.Metadata.Annotations![Annotations.Repository], lease.Metadata.Annotations[Annotations.RunId]));
        Assert.Null(lease.Spec.Holder);
        Assert.Equal([Finalizers.Drain], lease.Metadata.Finalizers);
        Assert.Equal((1, 1), (_door.Api.Writes, _door.Jobs()));
    }

    [Fact]
    public async Task Queued_OnAReplicaWithAnOldCache_ChangesNothing()
    {
        _door.AddPool();
        await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default);
        _door.Api.Store.Remove(new("default", "runners-job-7"));

        Assert.Equal(IntakeOutcome.AlreadyKnown, await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Single(_door.Api.Leases);
    }

    [Fact]
    public async Task Queued_NotStored_Throws()
    {
        _door.AddPool();
        _door.Api.Failures.Enqueue(new KubernetesApiException(HttpStatusCode.InternalServerError, "", "no leader"));

        await Assert.ThrowsAsync<KubernetesApiException>(() => _door.Intake.QueuedAsync(Job(7), Site, Everybody, default));
    }

    [Fact]
    public async Task Queued_AfterItsEnd_MakesNothing()
    {
        _door.AddPool();
        await _door.Intake.CompletedAsync(Job(7), Site, Everybody, default);

        Assert.Equal(IntakeOutcome.AlreadyKnown, await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Empty(_door.Api.Leases);
    }

    [Fact]
    public async Task Queued_SignedForAnotherPoolsSecret_DoesNotReachThisOne()
    {
        _door.AddPool(secret: "theirs");
        var trust = new WebhookTrust(new HashSet<NamespacedName> { new("default", "ours") });

        Assert.Equal(IntakeOutcome.NoPool, await _door.Intake.QueuedAsync(Job(7), Site, trust, default));
    }

    [Fact]
    public async Task Completed_NeverStarted_FreesItsLease()
    {
        _door.AddPool();
        await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default);

        Assert.Equal(IntakeOutcome.Noted, await _door.Intake.CompletedAsync(Job(7), Site, Everybody, default));

        Assert.Equal("runners-job-7=", _door.Tags());
        Assert.DoesNotContain(Annotations.Repository, _door.Api["runners-job-7"].Metadata.Annotations!.Keys);
        Assert.Equal(0, _door.Jobs());
        Assert.Empty(_door.Reports);
    }

    [Fact]
    public async Task Started_OnAnyRunner_IsReportedToItsPool_AndCountedOnce()
    {
        _door.AddPool();
        _door.AddLease("idle");
        await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default);

        await _door.Intake.StartedAsync(Job(7, "idle-runner"), Site, Everybody, default);
        _door.AddLease("idle", runs: "7"); // what the report has stored

        Assert.Equal(["started 7 on idle-runner of runners"], _door.Reports);
        Assert.Equal(1, _door.Jobs());
        Assert.False(LeaseJobs.Awaits(_door.Api["runners-job-7"], LeaseJobs.Running(_door.Api.Leases)));
    }

    [Fact]
    public async Task Started_OnSomebodyElsesRunner_FreesTheLease()
    {
        _door.AddPool();
        await _door.Intake.QueuedAsync(Job(7), Site, Everybody, default);

        Assert.Equal(IntakeOutcome.NotOurs, await _door.Intake.StartedAsync(Job(7, "my static runner"), Site, Everybody, default));

        Assert.Equal("runners-job-7=", _door.Tags());
    }

    [Fact]
    public async Task Completed_ByTheRunnerOfAnotherJobsLease_ThatJobKeepsOne()
    {
        _door.AddPool();
        _door.AddLease("a", made: "1", runs: "2");
        _door.AddLease("b", made: "2");

        await _door.Intake.CompletedAsync(Job(2, "a-runner"), Site, Everybody, default);

        Assert.Equal("a=1 b=1", _door.Tags()); // a goes with its machine
        Assert.Equal(["completed 2 on a-runner of runners"], _door.Reports);
    }

    [Fact]
    public async Task Completed_WhileTheLeaseIsBeingWritten_IsTriedAgain()
    {
        _door.AddPool();
        var stale = _door.AddLease("a", made: "1");
        _door.Api.Put(stale); // newer at the server than in the cache
        _door.Api.Store.Remove(new("default", "a"));
        _door.Api.Store.Set(stale);

        await _door.Intake.CompletedAsync(Job(1), Site, Everybody, default);

        Assert.Equal("a=", _door.Tags());
    }

    [Fact]
    public async Task Completed_OnAReusableRunner_FreesTheLeaseThatStays()
    {
        _door.AddPool(lifecycle: RunnerLifecycle.Reusable);
        _door.AddLease("a", made: "1", runs: "1");

        await _door.Intake.CompletedAsync(Job(1, "a-runner"), Site, Everybody, default);

        Assert.Equal("a=", _door.Tags());
    }
}
