using System.Net;
using Operator.Demand.Webhooks;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime;
using Operator.Runtime.Client;
using static Operator.Tests.Demand.Webhooks.WebhookDemandFixture;

namespace Operator.Tests.Demand.Webhooks;

public sealed class WorkflowJobHandlerTests
{
    private static readonly WebhookTrust Everybody = WebhookTrust.Everybody;
    private static readonly NamespacedName Pool = new("default", "runners");
    private readonly WebhookDemandFixture _fixture = new();

    [Fact]
    public async Task Queued_Served_MakesOneLeaseNamedByTheJob()
    {
        _fixture.AddPool();

        Assert.Equal(JobEventResult.LeaseCreated, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Equal(JobEventResult.AlreadyKnown, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));

        var lease = Assert.Single(_fixture.Api.Leases);
        Assert.Equal("runners-job-7", lease.Metadata.Name);
        Assert.Equal(("runners", "7"), (lease.Metadata.Labels![Labels.Pool], lease.Metadata.Labels[Labels.Job]));
        Assert.Equal(("my-org/app", "70"), (lease.Metadata.Annotations![Annotations.Repository], lease.Metadata.Annotations[Annotations.RunId]));
        Assert.Null(lease.Spec.Holder);
        Assert.Equal([Finalizers.Drain], lease.Metadata.Finalizers);
        Assert.Equal((1, 1), (_fixture.Api.Writes, _fixture.Jobs()));
    }

    [Fact]
    public async Task Queued_OnAReplicaWithAnOldCache_ChangesNothing()
    {
        _fixture.AddPool();
        await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default);
        _fixture.Api.Store.Remove(new("default", "runners-job-7"));

        Assert.Equal(JobEventResult.AlreadyKnown, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Single(_fixture.Api.Leases);
    }

    [Fact]
    public async Task Queued_NotStored_Throws()
    {
        _fixture.AddPool();
        _fixture.Api.Failures.Enqueue(new KubernetesApiException(HttpStatusCode.InternalServerError, "", "no leader"));

        await Assert.ThrowsAsync<KubernetesApiException>(() => _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
    }

    // It was freed because the job was held back, and is there still: now the job waits for it again.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Queued_AgainAfterItWasHeldBack_TakesItsLeaseBack(bool byTheLeader)
    {
        _fixture.AddPool();
        IWorkflowJobHandler handler = byTheLeader ? _fixture.Intake : _fixture.Relay;
        await handler.QueuedAsync(Job(7), Site, Everybody, default);
        await handler.HeldBackAsync(Job(7), Site, Everybody, default);
        Assert.Equal("runners-job-7=", _fixture.Tags());

        Assert.Equal(JobEventResult.LeaseCreated, await handler.QueuedAsync(Job(7), Site, Everybody, default));

        Assert.Equal("runners-job-7=7", _fixture.Tags());
    }

    [Theory]
    [InlineData(true, "a=7")]
    [InlineData(false, "a= runners-job-7=7")] // it is minIdle's
    public async Task Queued_AMachineThatBootsForNobody_IsForThisJob(bool isSpare, string expected)
    {
        var pool = _fixture.AddPool();
        (pool.Spec.ResourceClassName, pool.Spec.Capacity) = ("medium", new() { MinIdle = isSpare ? 0 : 1, MaxRunners = 5 });
        pool.Spec.Launch = new() { Image = new() { Id = "ami-1" } };
        var lease = _fixture.AddLease("a");
        (lease.Status!.Runner, lease.Status.Instance) = (null, new() { Id = "i-1", LaunchedAt = _fixture.Clock.GetUtcNow() });
        _fixture.Api.Put(lease);

        Assert.Equal(JobEventResult.LeaseCreated, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));

        Assert.Equal(expected, _fixture.Tags());
    }

    [Fact]
    public async Task SlowWriteOfOnePool_KeepsNoOtherBack()
    {
        _fixture.AddPool();
        _fixture.AddPool("other");
        _fixture.AddLease("a", made: "1");
        _fixture.AddLease("b", made: "2", pool: "other");
        var answer = new TaskCompletionSource();
        _fixture.Api.Before = name => name == "a" ? answer.Task : Task.CompletedTask;

        var slow = _fixture.Intake.CompletedAsync(Job(1), Site, Everybody, default);
        await _fixture.Intake.CompletedAsync(Job(2), Site, Everybody, default);
        Assert.False(slow.IsCompleted);
        Assert.Equal("a=1 b=", _fixture.Tags());

        answer.SetResult();
        await slow;
        Assert.Equal("a= b=", _fixture.Tags());
    }

    // Where a secret speaks for the pools of many, only those compete whose credential GitHub has accepted.
    [Theory]
    [InlineData("False", 1, false)]
    [InlineData("Unknown", 1, false)]
    [InlineData("True", 1, true)]
    [InlineData("True", 0, false)] // for another spec
    public async Task Queued_SignedForEverybody_GoesToAPoolThatGitHubHasAccepted(string status, int generation, bool isChosen)
    {
        _fixture.AddPool("z");
        var other = _fixture.AddPool("a", secret: "theirs");
        other.Metadata.Generation = 1;
        (other.Status!.Conditions![0].Status, other.Status.Conditions[0].ObservedGeneration) = (status, generation);

        await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default);
        await _fixture.Relay.QueuedAsync(Job(8), Site, Everybody, default);

        Assert.Equal(isChosen ? "a-job-7=7 a-job-8=8" : "z-job-7=7 z-job-8=8", _fixture.Tags());
    }

    [Fact]
    public async Task Queued_AfterItsEnd_MakesNothing()
    {
        _fixture.AddPool();
        await _fixture.Intake.CompletedAsync(Job(7), Site, Everybody, default);

        Assert.Equal(JobEventResult.AlreadyKnown, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Empty(_fixture.Api.Leases);
    }

    [Fact]
    public async Task Queued_AfterAnEndThatWasSignedForAnotherPoolsSecret_MakesItsLease()
    {
        _fixture.AddPool();
        var theirs = new WebhookTrust(new HashSet<NamespacedName> { new("other", "theirs") });
        await _fixture.Intake.CompletedAsync(Job(7), Site, theirs, default);

        Assert.Equal(JobEventResult.LeaseCreated, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
    }

    [Fact]
    public async Task Queued_AfterAnEndAtAnotherHost_MakesItsLease()
    {
        _fixture.AddPool();
        await _fixture.Intake.CompletedAsync(Job(7), Site with { Host = "https://ghes.example.com" }, Everybody, default);

        Assert.Equal(JobEventResult.LeaseCreated, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
    }

    [Fact]
    public async Task Queued_ItsNumberStandsOnALeaseOfAnotherHost_MakesItsOwn()
    {
        _fixture.AddPool();
        _fixture.AddPool("ghes", "https://ghes.example.com/my-org");
        _fixture.AddLease("a", made: "7", pool: "ghes", url: "https://ghes.example.com/my-org");

        Assert.Equal(JobEventResult.LeaseCreated, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Equal("a=7 runners-job-7=7", _fixture.Tags());
    }

    [Fact]
    public async Task Queued_ALeaseOfItsNameIsStillAtTheHostThatThePoolHasLeft_MakesAnother()
    {
        _fixture.AddPool();
        _fixture.AddLease("runners-job-7", made: "7", url: "https://ghes.example.com/my-org");

        Assert.Equal(JobEventResult.LeaseCreated, await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default));
        Assert.Equal("runners-job-7=7 runners-job-7-2=7", _fixture.Tags());
    }

    [Fact]
    public async Task Queued_SignedForAnotherPoolsSecret_DoesNotReachThisOne()
    {
        _fixture.AddPool(secret: "theirs");
        var trust = new WebhookTrust(new HashSet<NamespacedName> { new("default", "ours") });

        Assert.Equal(JobEventResult.NoPool, await _fixture.Intake.QueuedAsync(Job(7), Site, trust, default));
    }

    [Fact]
    public async Task Completed_NeverStarted_FreesItsLease()
    {
        _fixture.AddPool();
        await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default);

        Assert.Equal(JobEventResult.Recorded, await _fixture.Intake.CompletedAsync(Job(7), Site, Everybody, default));

        Assert.Equal("runners-job-7=", _fixture.Tags());
        Assert.DoesNotContain(Annotations.Repository, _fixture.Api["runners-job-7"].Metadata.Annotations!.Keys);
        Assert.Equal(0, _fixture.Jobs());
        Assert.Empty(_fixture.Reports);
    }

    [Fact]
    public async Task Started_OnAnyRunner_IsReportedToItsPool_AndCountedOnce()
    {
        _fixture.AddPool();
        _fixture.AddLease("idle");
        await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default);

        await _fixture.Intake.StartedAsync(Job(7, "idle-runner"), Site, Everybody, default);
        _fixture.AddLease("idle", runs: "7"); // what the report has stored

        Assert.Equal(["started 7 on idle-runner of runners"], _fixture.Reports);
        Assert.Equal(1, _fixture.Jobs());
        Assert.False(LeaseJobs.Awaits(_fixture.Api["runners-job-7"], LeaseJobs.Running(_fixture.Api.Leases)));
    }

    [Fact]
    public async Task Started_OnSomebodyElsesRunner_FreesTheLease()
    {
        _fixture.AddPool();
        await _fixture.Intake.QueuedAsync(Job(7), Site, Everybody, default);

        Assert.Equal(JobEventResult.ForeignRunner, await _fixture.Intake.StartedAsync(Job(7, "my static runner"), Site, Everybody, default));

        Assert.Equal("runners-job-7=", _fixture.Tags());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Swapped_TheWaitingJobKeepsALease(bool startIsHeard)
    {
        _fixture.AddPool();
        _fixture.AddLease("a", made: "1");
        _fixture.AddLease("b", made: "2");
        if (startIsHeard)
        {
            await _fixture.Intake.StartedAsync(Job(2, "a-runner"), Site, Everybody, default);
            _fixture.AddLease("a", made: "1", runs: "2"); // what the report has stored
        }

        await _fixture.Intake.CompletedAsync(Job(2, "a-runner"), Site, Everybody, default);

        Assert.Equal("a=1 b=1", _fixture.Tags()); // a is deleted with its machine
        Assert.Equal("completed 2 on a-runner of runners", _fixture.Reports[^1]);
        await _fixture.Api.DeleteAsync<V1Alpha1RunnerLease>(new("default", "a"), options: null, default);
        Assert.Equal(1, _fixture.Jobs());
    }

    [Fact]
    public async Task Started_WhoseLeaseIsGoneAlready_TheWaitingJobGetsANewOne()
    {
        _fixture.AddPool();
        await _fixture.Intake.QueuedAsync(Job(1), Site, Everybody, default);
        _fixture.AddLease("runners-job-1", made: "1");

        await _fixture.Intake.StartedAsync(Job(2, "runners-job-1-runner"), Site, Everybody, default);
        await _fixture.Intake.StartedAsync(Job(2, "runners-job-1-runner"), Site, Everybody, default);

        Assert.Equal("runners-job-1=1 runners-job-1-2=1", _fixture.Tags());
    }

    [Fact]
    public async Task Started_EachOnTheOthersLease_InAnyOrder_EachJobStandsOnOne()
    {
        _fixture.AddPool();
        foreach (var lease in (string[])["1", "2", "3", "4", "5"])
        {
            _fixture.AddLease(lease, made: lease);
        }

        // 4 and 5 wait; the test stores what the reports would store.
        foreach (var (job, runner) in ((long, string)[])[(1, "5"), (2, "1"), (3, "2")])
        {
            await _fixture.Intake.StartedAsync(Job(job, $"{runner}-runner"), Site, Everybody, default);
            _fixture.AddLease(runner, made: _fixture.Api[runner].Metadata.Labels![Labels.Job], runs: $"{job}");
        }

        Assert.Equal(["1", "2", "3", "4", "5"], _fixture.Api.Leases.Select(LeaseJobs.AssignedJob).Order(StringComparer.Ordinal));
        Assert.Equal(5, _fixture.Jobs());
    }

    [Fact]
    public async Task Swapped_WhoseOtherLeaseHasVanished_TheWaitingJobGetsANewOne()
    {
        _fixture.AddPool();
        _fixture.AddLease("a", made: "1");
        var vanished = _fixture.AddLease("b", made: "2");
        vanished.Status = null; // it had no runner, so no capacity was used
        await _fixture.Api.DeleteAsync<V1Alpha1RunnerLease>(new("default", "b"), options: null, default);
        _fixture.Api.Store.Set(vanished); // the cache is outdated

        await _fixture.Intake.StartedAsync(Job(2, "a-runner"), Site, Everybody, default);

        Assert.Equal("a=1 runners-job-1=1", _fixture.Tags());
    }

    [Fact]
    public async Task Completed_ByALeaseThatHasGoneBefore_TheJobItWasMadeForKeepsOne()
    {
        _fixture.AddPool();
        _fixture.AddLease("a", made: "1");
        _fixture.AddLease("b", made: "2");
        await _fixture.GoneAsync("a");

        await _fixture.Intake.CompletedAsync(Job(2, "a-runner"), Site, Everybody, default);

        Assert.Equal("b=1", _fixture.Tags());
        Assert.Equal(1, _fixture.Jobs());
    }

    // 1 runs on b, 2 on a, 3 on c, 4 waits; for any lease deleted before its job's event, and any order of events.
    [Theory]
    [InlineData("gone a, 2@a, 3@c, 1@b")]
    [InlineData("gone a, gone b, 2@a, 1@b, 3@c")]
    [InlineData("gone a, gone b, 1@b, 2@a, 3@c")]
    [InlineData("gone b, 2@a, 1@b, gone a, 3@c, gone c")]
    [InlineData("gone c, gone b, gone a, 3@c, 1@b, 2@a")]
    [InlineData("1@b, gone b, gone a, 2@a, 2@a, 3@c, 1@b")]
    public async Task Completed_InAnyOrder_ExactlyTheWaitingJobStandsOnALease(string story)
    {
        _fixture.AddPool();
        foreach (var (lease, job) in (ReadOnlySpan<(string, string)>)[("a", "1"), ("b", "2"), ("c", "4"), ("d", "3")])
        {
            _fixture.AddLease(lease, made: job);
        }

        foreach (var step in story.Split(", "))
        {
            if (step.StartsWith("gone ", StringComparison.Ordinal))
            {
                await _fixture.GoneAsync(step[5..]);
            }
            else
            {
                await _fixture.Intake.CompletedAsync(Job(step[0] - '0', $"{step[2..]}-runner"), Site, Everybody, default);
            }
        }

        foreach (var lease in _fixture.Api.Leases.Select(lease => lease.Metadata.Name!).Intersect(["a", "b", "c"]).ToList())
        {
            await _fixture.GoneAsync(lease);
        }

        Assert.Equal("d=4", _fixture.Tags());
    }

    [Fact]
    public async Task Swapped_WhoseOtherLeaseIsGoneUnheardOf_StandsForTheWaitingJobUntilItsOwnIsTold()
    {
        _fixture.AddPool();
        _fixture.AddLease("a", made: "1");
        var b = _fixture.AddLease("b", made: "2");
        _fixture.AddLease("c", made: "3");
        await _fixture.Api.DeleteAsync<V1Alpha1RunnerLease>(new("default", "b"), options: null, default);
        _fixture.Api.Store.Set(b); // the cache is outdated

        await _fixture.Intake.CompletedAsync(Job(2, "a-runner"), Site, Everybody, default);
        _fixture.Api.Store.Remove(new("default", "b"));
        _fixture.Unattributed.OnLeaseChanged(b, after: null);
        await _fixture.Intake.CompletedAsync(Job(3, "b-runner"), Site, Everybody, default);

        Assert.Equal("a=1 c=1", _fixture.Tags()); // a is enqueued and deleted
    }

    [Theory]
    [InlineData(true, 0, "b=")] // another replica has put on record what a did: its label is of no weight
    [InlineData(false, 0, "b=1")]
    [InlineData(false, 3, "b=")] // events lost for minutes are recovered by the check
    public async Task Completed_ByALeaseThatHasGone_CountsUnlessItIsKnownOtherwise(bool isOnRecord, int minutes, string expected)
    {
        _fixture.AddPool();
        _fixture.AddLease("a", made: "1");
        _fixture.AddLease("b", made: "2");
        if (isOnRecord)
        {
            _fixture.Unattributed.OnLeaseChanged(_fixture.Api["a"], _fixture.AddLease("a", made: "1", runs: "2"));
            _fixture.Api["a"].Status!.Job = null;
        }

        await _fixture.GoneAsync("a");
        _fixture.Clock.Advance(TimeSpan.FromMinutes(minutes));

        await _fixture.Intake.CompletedAsync(Job(2, "a-runner"), Site, Everybody, default);

        Assert.Equal(expected, _fixture.Tags());
    }

    [Fact]
    public async Task Started_AfterItsEnd_ChangesNothing()
    {
        _fixture.AddPool();
        _fixture.AddLease("a", made: "1");
        await _fixture.Intake.CompletedAsync(Job(2), Site, Everybody, default);

        Assert.Equal(JobEventResult.AlreadyKnown, await _fixture.Intake.StartedAsync(Job(2, "a-runner"), Site, Everybody, default));
        Assert.Equal("a=1", _fixture.Tags());
    }

    [Fact]
    public async Task Completed_WhileTheLeaseIsBeingWritten_IsTriedAgain()
    {
        _fixture.AddPool();
        var stale = _fixture.AddLease("a", made: "1");
        _fixture.Api.Put(stale); // newer at the server than in the cache
        _fixture.Api.Store.Remove(new("default", "a"));
        _fixture.Api.Store.Set(stale);

        await _fixture.Intake.CompletedAsync(Job(1), Site, Everybody, default);

        Assert.Equal("a=", _fixture.Tags());
    }

    // A runner is identified by target and id: names can be forged.
    public static TheoryData<string, string, string?, long?, string?> Strangers => new()
    {
        { "another id", "https://github.com", "my-org/theirs", 424242, null },
        { "no id", "https://github.com", "my-org/app", null, null },
        { "id 0", "https://github.com", "my-org/app", 0, null },
        { "another organization", "https://github.com", "other-org/app", RunnerId, null },
        { "another host", "https://ghes.example.com", "my-org/app", RunnerId, null },
        { "another port", "https://github.com:8443", "my-org/app", RunnerId, null },
        { "another's secret", "https://github.com", "my-org/app", RunnerId, "theirs" },
    };

    // It becomes a part of addresses.
    [Theory]
    [InlineData("my-org/app", true)]
    [InlineData("my.org/.github", true)]
    [InlineData("../app", false)]
    [InlineData("./app", false)]
    [InlineData("my-org/..", false)]
    [InlineData("my-org/.", false)]
    [InlineData("my-org/app\n", false)]
    [InlineData("my-org/app/x", false)]
    [InlineData("/app", false)]
    public void Repository_IsOwnerAndName(string text, bool isOne) => Assert.Equal(isOne, JobSite.IsRepository(text));

    [Fact]
    public void Repository_OfGreatLength_IsNone()
    {
        var longest = new string('a', 100);

        Assert.True(JobSite.IsRepository($"{longest}/{longest}"));
        Assert.False(JobSite.IsRepository($"{longest}a/app"));
        Assert.False(JobSite.IsRepository($"my-org/{longest}a"));
    }

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task StartedAndCompleted_ByARunnerOfTheSameName_ChangeNothing(string what, string host, string? repository, long? runnerId, string? secret)
    {
        _fixture.AddPool();
        _fixture.AddLease("a", made: "1");
        _fixture.AddLease("b", made: "2", runs: "2");
        var site = new JobSite(host, repository!, Enterprise: null);
        var trust = secret is null ? Everybody : new WebhookTrust(new HashSet<NamespacedName> { new("default", secret) });
        foreach (var runner in (string[])["a-runner", "b-runner"])
        {
            var job = Job(666, runner) with { RunnerId = runnerId };
            Assert.Equal(JobEventResult.ForeignRunner, await _fixture.Intake.StartedAsync(job, site, trust, default));
            Assert.Equal(JobEventResult.ForeignRunner, await _fixture.Intake.CompletedAsync(job, site, trust, default));
        }

        Assert.True(_fixture.Tags() == "a=1 b=2" && _fixture.Reports.Count == 0 && _fixture.Api.Writes == 0, what);
    }

    // A pool at a repository, at an organization and at an enterprise: each speaks for what is below it.
    [Theory]
    [InlineData("https://github.com/my-org", null, true)]
    [InlineData("https://github.com/MY-org/App", null, true)]
    [InlineData("https://github.com/my-org/other", null, false)]
    [InlineData("https://github.com/my-org2", null, false)]
    [InlineData("https://github.com/enterprises/big", "big", true)]
    [InlineData("https://github.com/enterprises/big", "other", false)]
    [InlineData("https://github.com/enterprises/big", null, false)]
    public async Task Started_OnARunner_CountsAtAndBelowItsPlace(string url, string? enterprise, bool counts)
    {
        _fixture.AddPool(url: "https://github.com/moved"); // where the runner is registered counts, not where the pool is now
        _fixture.AddLease("a", url: url);

        var outcome = await _fixture.Intake.StartedAsync(Job(7, "a-runner"), Site with { Enterprise = enterprise }, Everybody, default);

        Assert.Equal(counts ? JobEventResult.Recorded : JobEventResult.ForeignRunner, outcome);
        Assert.Equal(counts ? 1 : 0, _fixture.Reports.Count);
    }

    [Fact]
    public async Task Started_OnARunnerWhoseAddressIsNotOnRecord_IsJudgedByThePools()
    {
        _fixture.AddPool(url: "https://github.com/other-org");
        _fixture.AddLease("a", url: null);

        Assert.Equal(JobEventResult.ForeignRunner, await _fixture.Intake.StartedAsync(Job(7, "a-runner"), Site, Everybody, default));
        Assert.Equal(JobEventResult.Recorded, await _fixture.Intake.StartedAsync(Job(7, "a-runner"), Site with { Repository = "other-org/app" }, Everybody, default));
    }

    [Theory]
    [InlineData(RunnerId, "b=1")] // a late event: the job a was created for is reassigned to b
    [InlineData(424242, "b=")]
    public async Task Completed_ByARegistrationThatIsGone_IsKnownByItsFormerId(long runnerId, string expected)
    {
        _fixture.AddPool();
        var lease = _fixture.AddLease("a", made: "1");
        _fixture.AddLease("b", made: "2");
        (lease.Status!.Runner!.Id, lease.Status.Runner.FormerId) = (null, RunnerId);
        _fixture.Api.Put(lease);
        await _fixture.GoneAsync("a");

        await _fixture.Intake.CompletedAsync(Job(2, "a-runner") with { RunnerId = runnerId }, Site, Everybody, default);

        Assert.Equal(expected, _fixture.Tags());
    }

    [Fact]
    public async Task Completed_OnAReusableRunner_FreesTheLeaseThatStays()
    {
        _fixture.AddPool(lifecycle: RunnerLifecycle.Reusable);
        _fixture.AddLease("a", made: "1", runs: "1");

        await _fixture.Intake.CompletedAsync(Job(1, "a-runner"), Site, Everybody, default);

        Assert.Equal("a=", _fixture.Tags());
    }
}
