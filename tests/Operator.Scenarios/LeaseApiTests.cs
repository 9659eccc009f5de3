using System.Net;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Oidc;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Workflows take runners with nothing but their own identity, from any replica, once for each token.</summary>
public sealed class LeaseApiTests
{
    [Fact]
    public async Task Lease_TakenByARunsOwnIdentity_IsReady_ServesItsJobs_AndIsReleasedByTheRun()
    {
        await using var api = await LeaseApiWorld.StartAsync();

        var lease = await api.TakeAndWaitAsync("""{"count": 2, "usageClass": "spot", "instanceTypes": ["c*", "m*", "r*"]}""");
        Assert.Equal(("Ready", 2, "default/runners"), (lease["state"]!.ToString(), (int)lease["ready"]!, lease["pool"]!.ToString()));
        Assert.Equal("1234", Assert.Single(lease["labels"]!.AsArray())!.ToString());
        Assert.Equal(2, lease["machines"]!.AsArray().Select(machine => machine!["instanceId"]!.ToString()).Distinct().Count());
        var holder = Assert.Single(api.Sets)["spec"]!["holder"]!;
        Assert.Equal(("WorkflowRun", "my-org/app", "1234", 1, "octocat"), (holder["kind"]!.ToString(), holder["repository"]!.ToString(), holder["runId"]!.ToString(), (int)holder["runAttempt"]!, holder["actor"]!.ToString()));
        api.World.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromMinutes(2));
        api.World.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromMinutes(2));
        await api.Scenario.UntilServedAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await api.ReleaseAsync()).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await api.ReleaseAsync()).Status); // safe to repeat
        Assert.Equal("Released", (await api.LookAsync(lease["id"]!.ToString())).Body!["state"]!.ToString());
        await api.Scenario.UntilIdleAsync(2);
        await api.Scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Token_UsedTwice_OnTwoReplicasAtOnce_TakesOneLease()
    {
        await using var api = await LeaseApiWorld.StartAsync(replicas: 2);
        var token = api.Token();

        var answers = await Task.WhenAll(api.Scenario.Driver.Operators.Concat(api.Scenario.Driver.Operators).Select(replica => api.TakeAsync(token: token, at: replica)));

        Assert.Single(api.Sets);
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => Assert.Equal((HttpStatusCode.Unauthorized, "TokenReplayed"), (answer.Status, answer.Reason)));
        Assert.Equal("TokenReplayed", (await api.TakeAsync(token: token, key: "another")).Reason);
    }

    // Two jobs of a workflow may both ask: each gets its own, and no machine is given twice.
    [Fact]
    public async Task Run_ThatAsksTwiceAtOnce_OnTwoReplicas_GetsBoth_OnDifferentMachines()
    {
        await using var api = await LeaseApiWorld.StartAsync(replicas: 2);

        var answers = await Task.WhenAll(api.Scenario.Driver.Operators.Select(replica => api.TakeAsync("""{"count": 2}""", at: replica)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        await api.Scenario.Driver.RunUntilAsync(() => api.Sets.All(set => set["status"]?["phase"]?.ToString() == "Ready"), TimeSpan.FromMinutes(10), "both are ready");

        Assert.Equal(4, api.Sets.SelectMany(set => set["status"]!["machines"]!.AsArray()).Select(machine => machine!["instanceId"]!.ToString()).Distinct().Count());
        Assert.Equal(4, api.Scenario.Living.Count);
        Assert.Equal(HttpStatusCode.NoContent, (await api.ReleaseAsync()).Status);
        Assert.All(api.Sets, set => Assert.Null(set["spec"]!["holder"]));
    }

    [Fact]
    public async Task Replica_ThatDoesNotLead_TakesAndShowsAndReleases()
    {
        await using var api = await LeaseApiWorld.StartAsync(replicas: 2);
        var standby = api.Scenario.Driver.Operators.Single(replica => !replica.IsLeading);

        var taken = await api.TakeAsync(at: standby);
        await api.Scenario.Driver.RunUntilAsync(() => api.Sets[0]["status"]?["phase"]?.ToString() == "Ready", TimeSpan.FromMinutes(10), "the leader provides");

        Assert.Equal("Ready", (await api.LookAsync(taken.Id, at: standby)).Body!["state"]!.ToString());
        Assert.Equal(HttpStatusCode.NoContent, (await api.ReleaseAsync(taken.Id, at: standby)).Status);
    }

    [Fact]
    public async Task IdempotencyKey_SameRequestAgain_IsTheSameLease_AndAnotherRequestIsRefused()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        var token = api.Token();

        var first = await api.TakeAsync("""{"count": 2}""", token, "build");
        var sameToken = await api.TakeAsync("""{"count": 2}""", token, "build");
        var newToken = await api.TakeAsync("""{"count": 2}""", key: "build");
        var other = await api.TakeAsync("""{"count": 3}""", key: "build");
        var nextAttempt = await api.TakeAsync("""{"count": 1}""", key: "build", job: LeaseApiWorld.Job with { Attempt = 2 });
        var otherRun = await api.TakeAsync("""{"count": 1}""", key: "build", job: LeaseApiWorld.Job with { RunId = 77 });

        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Equal((HttpStatusCode.OK, first.Id), (sameToken.Status, sameToken.Id));
        Assert.Equal((HttpStatusCode.OK, first.Id), (newToken.Status, newToken.Id));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "IdempotencyKeyReused"), (other.Status, other.Reason));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (nextAttempt.Status, otherRun.Status));
        Assert.Equal(3, api.Sets.Count);
    }

    [Fact]
    public async Task IdempotencyKey_ManyRequestsAtOnce_NeverTakesTwoLeases()
    {
        await using var api = await LeaseApiWorld.StartAsync(replicas: 2);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => api.TakeAsync(key: "build", at: api.Scenario.Driver.Operators[number % 2])));

        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK or HttpStatusCode.Conflict, $"{answer}"));
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        Assert.InRange(api.Sets.Count(set => set["metadata"]!["deletionTimestamp"] is null), 0, 1);
        var again = await api.TakeAsync(key: "build");
        Assert.True(again.Status is HttpStatusCode.Created or HttpStatusCode.OK, $"{again}");
    }

    public static TheoryData<string, OidcJob> Strangers() => new()
    {
        { "another run", new(SimulatedWorld.Repository, 4321) },
        { "another repository", new("my-org/other", 1234) },
    };

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task Lease_OfAnotherRun_IsNotThere(string who, OidcJob job)
    {
        await using var api = await LeaseApiWorld.StartAsync();
        api.World.GitHub.AddRepository("my-org/other");
        var lease = await api.TakeAndWaitAsync();
        var id = lease["id"]!.ToString();

        Assert.True((await api.LookAsync(id, job: job)).Status == HttpStatusCode.NotFound, who);
        await api.ReleaseAsync(id, job);
        await api.ReleaseAsync(id: null, job);
        Assert.Equal("Ready", (await api.LookAsync(id)).Body!["state"]!.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await api.LookAsync("default.nothing")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await api.LookAsync("kube-system.secret")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await api.LookAsync("..%2F..%2Fsecrets")).Status);
    }

    [Fact]
    public async Task RecycledRepositoryName_WithAnotherId_GetsNothing_AndDoesNotReachTheLeasesOfTheFirst()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        var id = api.World.GitHub.Oidc.Claims(LeaseApiWorld.Job, "x")["repository_id"]!.ToString();
        api.ApplyPool(rule: $"repositoryIds: ['{id}']");
        var taken = await api.TakeAndWaitAsync();

        api.World.GitHub.Rename(SimulatedWorld.Repository, "my-org/former");
        api.World.GitHub.AddRepository(SimulatedWorld.Repository);

        Assert.Equal((HttpStatusCode.Forbidden, "AccessDenied"), Of(await api.TakeAsync()));
        Assert.Equal(HttpStatusCode.NotFound, (await api.LookAsync(taken["id"]!.ToString())).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.LookAsync(taken["id"]!.ToString(), job: LeaseApiWorld.Job with { Repository = "my-org/former" })).Status);
    }

    public static TheoryData<OidcJob, HttpStatusCode> Jobs() => new()
    {
        { LeaseApiWorld.Job with { Event = "pull_request", Ref = "refs/pull/4/merge" }, HttpStatusCode.Forbidden },
        { LeaseApiWorld.Job with { Event = "pull_request_target" }, HttpStatusCode.Forbidden },
        { LeaseApiWorld.Job with { Event = "workflow_run" }, HttpStatusCode.Forbidden },
        { LeaseApiWorld.Job with { RunnerEnvironment = "self-hosted" }, HttpStatusCode.Forbidden },
        { LeaseApiWorld.Job with { Ref = "refs/heads/side" }, HttpStatusCode.Forbidden },
        { LeaseApiWorld.Job, HttpStatusCode.Created },
    };

    [Theory]
    [MemberData(nameof(Jobs))]
    public async Task Job_ThatTheRuleDoesNotName_IsRefused_AndNothingIsStored(OidcJob job, HttpStatusCode expected)
    {
        await using var api = await LeaseApiWorld.StartAsync(rule: "refs: [refs/heads/main]");

        var answer = await api.TakeAsync(job: job);

        Assert.Equal(expected, answer.Status);
        Assert.Equal(expected == HttpStatusCode.Created ? 1 : 0, api.Sets.Count);
        Assert.True(answer.Status == HttpStatusCode.Created || answer.MediaType == "application/problem+json");
    }

    public static TheoryData<string, string, HttpStatusCode, string> BadRequests() => new()
    {
        { "above maxRunners", """{"count": 6}""", HttpStatusCode.UnprocessableEntity, "CountNotAllowed" },
        { "a pool in another namespace", """{"pool": "kube-system/runners"}""", HttpStatusCode.Forbidden, "AccessDenied" },
        { "no such pool", """{"pool": "nothing"}""", HttpStatusCode.Forbidden, "AccessDenied" },
        { "a class that is not allowed", """{"resourceClass": "huge"}""", HttpStatusCode.UnprocessableEntity, "ResourceClassNotAllowed" },
        { "an image that is not allowed", """{"image": "tools"}""", HttpStatusCode.UnprocessableEntity, "ImageNotAllowed" },
        { "a script where none is allowed", """{"preRunnerScript": "#!/bin/bash"}""", HttpStatusCode.UnprocessableEntity, "ScriptNotAllowed" },
        { "too long", """{"ttl": "7h"}""", HttpStatusCode.UnprocessableEntity, "TimeNotAllowed" },
        { "unknown field", """{"labels": ["linux"]}""", HttpStatusCode.BadRequest, "Malformed" },
        { "field twice", """{"count": 1, "count": 2}""", HttpStatusCode.BadRequest, "Malformed" },
        { "a text for a number", """{"count": "two"}""", HttpStatusCode.BadRequest, "Malformed" },
        { "no JSON", "count=2", HttpStatusCode.BadRequest, "Malformed" },
        { "null", "null", HttpStatusCode.BadRequest, "Malformed" },
        { "a huge body", $$"""{"pool": "{{new string('x', 20_000)}}"}""", HttpStatusCode.RequestEntityTooLarge, "TooLarge" },
    };

    [Fact]
    public async Task BadRequests_HaveOneClearAnswerEach_AndStoreNothing()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        foreach (var (what, body, status, reason) in BadRequests().Select(row => ((string)row[0], (string)row[1], (HttpStatusCode)row[2], (string)row[3])))
        {
            var answer = await api.TakeAsync(body);
            Assert.True((status, reason) == Of(answer), $"{what}: {answer}");
            Assert.Equal("application/problem+json", answer.MediaType);
        }

        foreach (var token in new[] { null, "", "x", api.Token() + "x", api.World.GitHub.Oidc.Mint(LeaseApiWorld.Job, "https://other.example.com") })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(HttpMethod.Post, "/v1/leases", "{}", token)).Status);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await api.LookAsync("default.x", "?wait=3600")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.TakeAsync(key: new string('k', 300))).Status);
        Assert.Empty(api.Sets);
    }

    [Fact]
    public async Task Pool_LeftOut_WhereSeveralWouldDo_MustBeNamed()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        api.ApplyPool(name: "others");
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(1));

        var ambiguous = await api.TakeAsync();

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "PoolAmbiguous"), Of(ambiguous));
        Assert.Contains("default/others, default/runners", ambiguous.Body!["detail"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await api.TakeAsync("""{"pool": "others"}""")).Status);
        Assert.Equal(HttpStatusCode.Created, (await api.TakeAsync("""{"pool": "default/runners"}""")).Status);
    }

    [Fact]
    public async Task Quota_OfARepository_IsNotExceeded_AndOthersAreServed()
    {
        await using var api = await LeaseApiWorld.StartAsync("maxPerRepository: 2");
        api.World.GitHub.AddRepository("my-org/other");
        await api.TakeAndWaitAsync("""{"count": 2}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "QuotaReached"), Of(await api.TakeAsync(job: LeaseApiWorld.Job with { RunId = 77 })));
        Assert.Equal(HttpStatusCode.Created, (await api.TakeAsync(job: new("my-org/other", 78))).Status);
    }

    // Each replica sees nothing of the other's request yet: the leader admits one.
    [Fact]
    public async Task Quota_TwoRequestsAtOnceOnTwoReplicas_OneFailsBeforeItTakesAnything()
    {
        await using var api = await LeaseApiWorld.StartAsync("maxPerRepository: 3", replicas: 2);
        var runs = new[] { LeaseApiWorld.Job with { RunId = 71 }, LeaseApiWorld.Job with { RunId = 72 } };

        var answers = await Task.WhenAll(api.Scenario.Driver.Operators.Zip(runs, (replica, job) => api.TakeAsync("""{"count": 2}""", at: replica, job: job)));
        var taken = answers.Zip(runs).Where(pair => pair.First.Status == HttpStatusCode.Created).ToList();
        Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.Created || answer.Reason == "QuotaReached", $"{answer}"));
        await api.Scenario.Driver.RunUntilAsync(() => api.Sets.Any(set => set["status"]?["phase"]?.ToString() == "Ready"), TimeSpan.FromMinutes(10), "one has its runners");

        Assert.Equal(2, api.World.Kubernetes.Objects.List("runnerleases").Count);
        Assert.Equal(2, api.Scenario.Living.Count);
        var states = new List<(string, string)>();
        foreach (var (answer, job) in taken)
        {
            var lease = (await api.LookAsync(answer.Id, job: job)).Body!;
            states.Add((lease["state"]!.ToString(), lease["reason"]!.ToString()));
        }

        Assert.Single(states, ("Ready", "Provisioned"));
        Assert.All(states.Where(state => state.Item1 != "Ready"), state => Assert.Equal(("Failed", "QuotaReached"), state));
        api.Scenario.DeletePool();
        await api.Scenario.UntilEmptyAsync();
    }

    // As if each had been let pass by a replica that did not know of the others yet.
    [Fact]
    public async Task Quota_SetsThatAreAllThereBeforeTheLeaderLooks_AreAdmittedInOrder()
    {
        await using var api = await LeaseApiWorld.StartAsync("maxPerRepository: 3");
        await api.Scenario.KillOperatorAsync();
        foreach (var run in new[] { 1, 2, 3, 4 })
        {
            api.World.Apply($$"""
                apiVersion: ec2runners.dev/v1alpha1
                kind: RunnerLeaseSet
                metadata: {name: "run-{{run}}", labels: {ec2runners.dev/repository-id: "74", ec2runners.dev/run-id: "{{run}}"} }
                spec: {poolName: runners, count: {{(run == 4 ? 1 : 2)}}, holder: {kind: WorkflowRun, repository: my-org/app, repositoryId: "74", runId: "{{run}}"} }
                """);
        }

        await api.Scenario.StartOperatorAsync();
        await api.Scenario.Driver.RunUntilAsync(() => api.Sets.All(set => set["status"]?["phase"]?.ToString() is "Ready" or "Failed"), TimeSpan.FromMinutes(10), "all are decided");

        var ready = api.Sets.Where(set => set["status"]!["phase"]!.ToString() == "Ready").Sum(set => (int)set["spec"]!["count"]!);
        Assert.InRange(ready, 2, 3);
        Assert.Equal(ready, api.Scenario.Living.Count);
        Assert.All(
            api.Sets.Where(set => set["status"]!["phase"]!.ToString() == "Failed"),
            set => Assert.Equal("QuotaReached", api.Scenario.ConditionOf("runnerleasesets", set["metadata"]!["name"]!.ToString(), "Ready")!.Value.Reason));
        await api.Scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task ImageAndScript_WithinThePoolsBounds_AreThoseOfTheMachine_AndItServesNobodyElse()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        api.World.Aws.AddImage("ami-0c000000000000001");
        api.Scenario.PatchPool("""{"launch": {"images": [{"name": "tools", "id": "ami-0c000000000000001"}] }, "jobOverrides": {"images": ["tools"], "preRunnerScript": true} }""");
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(1));

        var lease = await api.TakeAndWaitAsync("""{"image": "tools", "preRunnerScript": "#!/bin/bash\necho hello"}""");

        Assert.Equal("Ready", lease["state"]!.ToString());
        var machine = Assert.Single(api.Scenario.Living);
        Assert.Equal("ami-0c000000000000001", machine.ImageId);
        Assert.Equal("#!/bin/bash\necho hello", api.World.Hosts.LeaseScript(machine.Id));
        Assert.DoesNotContain(api.World.Aws.LaunchTemplates, template => $"{template}".Contains("echo hello", StringComparison.Ordinal));
        await api.ReleaseAsync();
        await api.Scenario.Driver.RunUntilAsync(() => api.Scenario.Living.Count == 0, TimeSpan.FromMinutes(10), "the machine is gone");
        await api.Scenario.UntilTidyAsync();
    }

    // An idle machine gets the script, too; and what is wrong with it is nobody else's concern.
    [Fact]
    public async Task Script_ThatFails_EndsItsSetAtOnce_AndNotThePool()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        api.Scenario.PatchPool("""{"capacity": {"minIdle": 1}, "jobOverrides": {"preRunnerScript": true} }""");
        await api.Scenario.UntilIdleAsync(1);
        var idle = Assert.Single(api.Scenario.Living).Id;

        var lease = await api.TakeAndWaitAsync("""{"count": 2, "preRunnerScript": "#!/bin/bash\napt-get install nothing\nexit 100"}""");

        Assert.Equal(("Failed", "BootFailed"), (lease["state"]!.ToString(), lease["reason"]!.ToString()));
        Assert.Contains("the lease's script failed with code 100", lease["message"]!.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(api.World.Hosts.LeaseScript(idle));
        Assert.NotEqual("False", api.Scenario.ConditionOf("runnerpools", Scenario.Pool, "RegistrationHealthy")?.Status);
        await api.Scenario.UntilIdleAsync(1);
        Assert.Equal("Ready", (await api.TakeAndWaitAsync(job: LeaseApiWorld.Job with { RunId = 77 }))["state"]!.ToString());
        await api.Scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Repository_ThatAsksTooOften_IsSlowedDown_AndNobodyElse()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        api.World.GitHub.AddRepository("my-org/other");
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(HttpStatusCode.NotFound, (await api.LookAsync("default.nothing")).Status);
        }

        var refused = await api.LookAsync("default.nothing");

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), (refused.Status, refused.RetryAfter));
        Assert.Equal(HttpStatusCode.NotFound, (await api.LookAsync("default.nothing", job: new("my-org/other", 1))).Status);
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.NotFound, (await api.LookAsync("default.nothing")).Status);
    }

    [Fact]
    public async Task KeysCannotBeHad_IsAnAnswerForNow_AndWorksWhenTheyCan()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        api.World.GitHubFaults.On("github:OidcKeys").Answer(502, "").Times(1);

        var refused = await api.TakeAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "IssuerUnreachable"), Of(refused));
        Assert.NotNull(refused.RetryAfter);
        await api.Scenario.Driver.RunForAsync(refused.RetryAfter!.Value);
        Assert.Equal(HttpStatusCode.Created, (await api.TakeAsync()).Status);
        api.World.GitHub.Oidc.RotateKey();
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.Created, (await api.TakeAsync()).Status);
    }

    [Fact]
    public async Task ApiServerRefusesForAMoment_NothingIsTaken_AndTheSameRequestWorksLater()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        api.World.KubernetesFaults.On("kubernetes:CREATE runnerleasesets").Error(500, "InternalError");

        var token = api.Token();
        var refused = api.TakeAsync(token: token, key: "k");
        await api.Scenario.Driver.RunUntilAsync(() => refused.IsCompleted, TimeSpan.FromMinutes(1), "an answer");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "NotStored"), Of(await refused));
        api.World.KubernetesFaults.Clear();

        Assert.Equal(HttpStatusCode.Created, (await api.TakeAsync(token: token, key: "k")).Status);
        Assert.Single(api.Sets);
    }

    [Fact]
    public async Task OperatorIsKilledWhileAWorkflowWaits_TheLeaseIsThereAfterwards()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        var taken = await api.TakeAsync("""{"count": 2}""");
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(3));
        await api.Scenario.KillOperatorAsync();
        await api.Scenario.StartOperatorAsync();
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(2));

        var lease = await api.WaitAsync(taken.Id);

        Assert.Equal(("Ready", 2), (lease["state"]!.ToString(), (int)lease["ready"]!));
        Assert.Equal(2, api.Scenario.Living.Count);
    }

    [Fact]
    public async Task WorkflowIsCancelledWhileItWaits_TheWaitEnds_AndTheRunsEndReleasesTheLease()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        var job = api.World.GitHub.QueueJob(SimulatedWorld.Repository, ["ubuntu-latest"], TimeSpan.FromMinutes(5), LeaseApiWorld.Job.RunId);
        var taken = await api.TakeAsync();
        using var cancelled = new CancellationTokenSource();
        var wait = api.LookAsync(taken.Id, "?wait=60", cancellationToken: cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);

        api.World.GitHub.CancelJob(job.Id);
        await api.Scenario.Driver.RunUntilAsync(() => api.Sets[0]["status"]?["phase"]?.ToString() == "Released", TimeSpan.FromMinutes(2), "the run's end releases it");
        await api.Scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Failed_SaysThePoolsReason()
    {
        await using var api = await LeaseApiWorld.StartAsync();

        var lease = await api.TakeAndWaitAsync("""{"instanceTypes": ["x99.*"], "provisionTimeout": "2m"}""");

        Assert.Equal("Failed", lease["state"]!.ToString());
        Assert.Contains("instance type", lease["message"]!.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Refresh_LooksAtTheImageNow_AndNotMoreOftenThanEveryHalfMinute()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        string Template() => api.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["launchTemplate"]!["hash"]!.ToString();
        api.World.Aws.AddImage("ami-0c000000000000001");
        api.Scenario.PatchPool("""{"launch": {"image": {"ssmParameter": null, "selector": {"owners": ["self"], "name": "image-ami-0c*"}}}}""");
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        var before = Template();
        api.World.Aws.AddImage("ami-0c000000000000002");
        api.World.Aws.RemoveImage("ami-0c000000000000001");
        await api.Scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(before, Template());

        var answer = await api.SendAsync(HttpMethod.Post, "/v1/refresh", "{}", api.Token());
        Assert.Equal((HttpStatusCode.Accepted, "default/runners"), (answer.Status, answer.Body!["pool"]!.ToString()));
        await api.Scenario.Driver.RunUntilAsync(() => Template() != before, TimeSpan.FromSeconds(5), "the newest image is in the launch template");

        var version = Version();
        await api.SendAsync(HttpMethod.Post, "/v1/refresh", "{}", api.Token());
        Assert.Equal(version, Version());
        Assert.Equal(HttpStatusCode.Forbidden, (await api.SendAsync(HttpMethod.Post, "/v1/refresh", "{}", api.Token(LeaseApiWorld.Job with { Event = "issue_comment" }))).Status);

        string Version() => api.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["metadata"]!["annotations"]!["ec2runners.dev/refresh"]!.ToString();
    }

    [Fact]
    public async Task Addresses_ServeTheirOwnAlone_AndTheApiDescribesItself()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        async Task<HttpStatusCode> GetAsync(Uri address, string path)
        {
            using var response = await api.Scenario.Http.GetAsync(new Uri(address, path));
            return response.StatusCode;
        }

        var (main, leases) = (api.Scenario.Operator.Address, api.Scenario.Operator.LeaseApi!);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (await GetAsync(main, "/metrics"), await GetAsync(leases, "/metrics")));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.Unauthorized), (await GetAsync(main, "/v1/leases"), await GetAsync(leases, "/v1/leases")));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (await GetAsync(main, "/openapi/v1.json"), await GetAsync(leases, "/webhooks/github")));

        var document = JsonNode.Parse(await api.Scenario.Http.GetStringAsync(new Uri(leases, "/openapi/v1.json")))!;
        Assert.Equal(["/v1/leases", "/v1/leases/{id}", "/v1/refresh"], document["paths"]!.AsObject().Select(path => path.Key).Order());
        Assert.Equal(["delete", "get", "post"], document["paths"]!["/v1/leases"]!.AsObject().Select(operation => operation.Key).Order());
        Assert.Contains("instanceTypes", document["components"]!["schemas"]!["LeaseRequest"]!["properties"]!.AsObject().Select(field => field.Key));
    }

    [Fact]
    public async Task Requests_AreCounted()
    {
        await using var api = await LeaseApiWorld.StartAsync();
        await api.TakeAsync();
        await api.TakeAsync("""{"count": 99}""");

        var metrics = await api.Scenario.Http.GetStringAsync(new Uri(api.Scenario.Operator.Address, "/metrics"));

        Assert.Contains("ec2runners_lease_api_requests_total{operation=\"take\",outcome=\"Done\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("ec2runners_lease_api_requests_total{operation=\"take\",outcome=\"CountNotAllowed\"} 1", metrics, StringComparison.Ordinal);
    }

    private static (HttpStatusCode, string?) Of(LeaseApiWorld.Answer answer) => (answer.Status, answer.Reason);
}
