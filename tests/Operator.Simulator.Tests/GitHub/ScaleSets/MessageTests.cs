using Operator.Simulator.GitHub;

namespace Operator.Simulator.Tests.GitHub.ScaleSets;

public sealed class MessageTests : ScaleSetFixture
{
    // Shorter than a listener may be silent.
    private static readonly TimeSpan TwoMinutes = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Session_Created_HasAUuidAnAbsoluteAddressAndStatistics()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));

        Assert.Equal(
            ["sessionId", "ownerName", "runnerScaleSet", "messageQueueUrl", "messageQueueAccessToken", "statistics"],
            listener.Session.EnumerateObject().Select(property => property.Name));
        Assert.NotEqual(Guid.Empty, Guid.Parse(listener.Id));
        Assert.True(listener.Queue.IsAbsoluteUri);
        Assert.Equal(("me", 0), (listener.Session.GetProperty("ownerName").GetString(), listener.Session.GetProperty("statistics").GetProperty("totalAssignedJobs").GetInt32()));
    }

    [Fact]
    public async Task Session_WhenThereIsOne_Is409UntilItIsDeleted()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);

        await CallAsync(HttpMethod.Post, $"runtime/runnerscalesets/{set}/sessions", 409, """{"ownerName":"me"}""");
        await CallAsync(HttpMethod.Delete, listener.Path, 204);
        await CallAsync(HttpMethod.Delete, listener.Path, 404);
        await ListenAsync(set, "another");

        Assert.Equal("another", GitHub.ScaleSets.All[0].SessionOwner);
    }

    [Fact]
    public async Task Session_HolderIsSilent_EndsAfterThreeMinutesAndNotWhileAPollWaits()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));
        Clock.Advance(TimeSpan.FromMinutes(2.9));
        var poll = await listener.WaitAsync();
        Clock.Advance(TimeSpan.FromSeconds(50));
        using var nothing = await poll;
        Clock.Advance(TimeSpan.FromMinutes(2.9));
        Assert.Equal("me", GitHub.ScaleSets.All[0].SessionOwner);
        Clock.Advance(TimeSpan.FromMinutes(0.2));

        using var gone = await listener.PollAsync();
        Assert.Null(GitHub.ScaleSets.All[0].SessionOwner);
        Assert.Equal(404, (int)gone.StatusCode);
    }

    [Fact]
    public async Task Poll_NothingHappens_Is202AfterFiftySeconds()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));

        var poll = await listener.WaitAsync();
        Clock.Advance(TimeSpan.FromSeconds(49.9));
        Assert.Equal(1, GitHub.ScaleSets.WaitingPolls);
        Clock.Advance(TimeSpan.FromSeconds(0.1));

        using var answer = await poll;
        Assert.Equal((202, 0L), ((int)answer.StatusCode, answer.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Poll_AJobComes_IsAnsweredAtOnce()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));
        var poll = await listener.WaitAsync();

        var job = GitHub.QueueJob(Repo, ["LINUX"], TenMinutes, runId: 42);

        using var answer = await poll;
        var message = await Message.ReadAsync(answer);
        Assert.Equal((1L, "JobAvailable", 1, 0), (message.Id, message.Kinds, message.Available, message.Assigned));
        var offered = message.Events[0];
        Assert.Equal(
            ["messageType", "runnerRequestId", "jobId", "repositoryName", "ownerName", "jobWorkflowRef", "jobDisplayName", "workflowRunId", "eventName", "requestLabels", "queueTime", "acquireJobUrl"],
            offered.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("app", "my-org", 42L), (offered.GetProperty("repositoryName").GetString(), offered.GetProperty("ownerName").GetString(), offered.GetProperty("workflowRunId").GetInt64()));
        Assert.Equal((job.QueuedAt, "LINUX"), (offered.GetProperty("queueTime").GetDateTimeOffset(), offered.GetProperty("requestLabels")[0].GetString()));
        Assert.True(Guid.TryParse(offered.GetProperty("jobId").GetString(), out _));
    }

    [Fact]
    public async Task Message_NotDeleted_ComesAgainWithTheSameIdAndContent()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        using var first = await listener.PollAsync();
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        using var second = await listener.PollAsync(last: 1);
        using var deleted = await listener.DeleteAsync(1);
        using var third = await listener.PollAsync(last: 1);

        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal((204, 2L), ((int)deleted.StatusCode, (await Message.ReadAsync(third)).Id));
    }

    [Fact]
    public async Task Job_ThroughAllItsStages_IsToldInOrder()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);
        var job = GitHub.QueueJob(Repo, ["linux"], TwoMinutes);

        await listener.ServeAsync();
        var assigned = await listener.TakeAsync();
        Assert.Equal(("JobAssigned", 1, 0), (assigned.Kinds, assigned.Assigned, assigned.Available));
        Assert.Equal(Clock.GetUtcNow(), assigned.Events[0].GetProperty("scaleSetAssignTime").GetDateTimeOffset());
        Assert.Equal((JobState.Queued, set), (JobNow(job).State, JobNow(job).ScaleSetId));

        var host = await StartSetRunnerAsync(set, "r-1");
        Clock.Advance(TimeSpan.FromSeconds(2));
        var started = await listener.TakeAsync();
        Assert.Equal(("JobStarted", 1), (started.Kinds, started.Assigned));
        Assert.Equal((host.RunnerId, "r-1"), (started.Events[0].GetProperty("runnerId").GetInt64(), started.Events[0].GetProperty("runnerName").GetString()));
        Assert.Equal((1, 1, 1, 0), (Numbers(set).TotalRunningJobs, Numbers(set).TotalRegisteredRunners, Numbers(set).TotalBusyRunners, Numbers(set).TotalIdleRunners));

        Clock.Advance(TwoMinutes);
        var completed = await listener.TakeAsync();
        Assert.Equal(("JobCompleted", 0, "succeeded"), (completed.Kinds, completed.Assigned, completed.Events[0].GetProperty("result").GetString()));
        Assert.Equal(JobNow(job).CompletedAt, completed.Events[0].GetProperty("finishTime").GetDateTimeOffset());
        Assert.Equal(["job started", "exit after job"], host.Events);
        Assert.Single(new[] { assigned, started, completed }.Select(message => message.Events[0].GetProperty("jobId").GetString()).Distinct());
    }

    [Fact]
    public async Task Capacity_Full_NoMoreJobsAreOfferedOrAssigned()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);
        for (var i = 0; i < 5; i++)
        {
            GitHub.QueueJob(Repo, ["linux"], TwoMinutes);
        }

        var message = await listener.ServeAsync(capacity: 2);
        Assert.Equal(("JobAvailable JobAvailable", 5), (message.Kinds, message.Available));
        Assert.Equal((2, 3), ((await listener.TakeAsync(2)).Assigned, Numbers(set).TotalAvailableJobs));

        await StartSetRunnerAsync(set, "r-1");
        Clock.Advance(TimeSpan.FromSeconds(2));
        Clock.Advance(TwoMinutes);
        Assert.Equal("JobStarted JobCompleted JobAvailable", (await listener.ServeAsync(2)).Kinds);
        Assert.Equal(2, Numbers(set).TotalAssignedJobs);
    }

    [Fact]
    public async Task Acquire_UnknownOrTwiceOrBeyondCapacity_GivesWhatIsTheCallers()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        var offered = (await listener.TakeAsync()).Requests("JobAvailable");

        Assert.Empty(await listener.AcquireAsync(99));
        Assert.Equal([offered[0]], await listener.AcquireAsync(offered[0]));
        Assert.Equal([offered[0]], await listener.AcquireAsync(offered[0]));
        await listener.TakeAsync(capacity: 1);
        Assert.Equal([offered[0]], await listener.AcquireAsync(offered));
    }

    [Fact]
    public async Task Acquire_WithTheAdminToken_Is401()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");

        await CallAsync(HttpMethod.Post, $"runtime/runnerscalesets/{set}/acquirejobs", 401, "[1]");
    }

    [Fact]
    public async Task QueueToken_Expired_Is401UntilTheSessionIsRefreshed()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));
        for (var minutes = 0; minutes < 60; minutes += 2)
        {
            // A session lasts as long as its holder sends requests.
            Clock.Advance(TimeSpan.FromMinutes(2));
            await ConnectAsync();
            using var alive = await listener.DeleteAsync(99);
        }

        using var refused = await listener.PollAsync();
        await listener.RefreshAsync();
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        using var answered = await listener.PollAsync();

        Assert.Equal((401, 200), ((int)refused.StatusCode, (int)answered.StatusCode));
    }

    [Fact]
    public async Task Poll_WithTheTokenOfAnotherSession_Is401()
    {
        await ConnectAsync();
        var (one, other) = (await ListenAsync(await CreateAsync("one")), await ListenAsync(await CreateAsync("other")));

        using var answer = await SendAsync(HttpMethod.Get, one.Queue, other.Token);

        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task NewSession_AfterACrash_HasTheNumbersAndIsOfferedWhatWasNotAcquired()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var crashed = await ListenAsync(set);
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await crashed.ServeAsync();
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await crashed.TakeAsync();
        GitHub.ScaleSets.EndSession(set);

        var listener = await ListenAsync(set);
        var statistics = listener.Session.GetProperty("statistics");
        Assert.Equal((1, 1), (statistics.GetProperty("totalAssignedJobs").GetInt32(), statistics.GetProperty("totalAvailableJobs").GetInt32()));
        Assert.Equal("JobAvailable", (await listener.ServeAsync()).Kinds);
        Assert.Equal(2, Numbers(set).TotalAssignedJobs);
    }

    [Fact]
    public async Task Poll_CutWhileItWaits_LosesNothing()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));
        var poll = await listener.WaitAsync();
        GitHub.ScaleSets.CutPolls();
        await Assert.ThrowsAsync<HttpRequestException>(() => poll);
        Faults.On("github:GetMessage").LoseAnswer().Times(1);
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await Assert.ThrowsAsync<HttpRequestException>(() => listener.PollAsync());

        Assert.Equal("JobAvailable", (await listener.TakeAsync()).Kinds);
    }

    [Fact]
    public async Task Message_ManyEvents_HoldsFiftyAtMost()
    {
        await ConnectAsync();
        var listener = await ListenAsync(await CreateAsync("linux"));
        for (var i = 0; i < 60; i++)
        {
            GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        }

        Assert.Equal((50, 10), ((await listener.TakeAsync(100)).Events.Count, (await listener.TakeAsync(100)).Events.Count));
    }
}
