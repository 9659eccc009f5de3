using Operator.Simulator.GitHub;

namespace Operator.Simulator.Tests.GitHub;

public sealed class JobTests : GitHubFixture
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    protected override SimulatedGitHubOptions Options { get; } = new() { PickUpDelay = TimeSpan.FromSeconds(2) };

    [Fact]
    public async Task Job_RunnerIsIdle_RunsOnItAndTheRunnerGoes()
    {
        var host = await StartRunnerAsync("r-1", "Large", "linux");
        Assert.Equal("online", (await RunnerAsync(host)).GetProperty("status").GetString());

        var job = GitHub.QueueJob(Repo, ["large", "LINUX"], TenMinutes, runId: 99);
        Assert.Equal((JobState.Assigned, 99L, "r-1"), (job.State, job.RunId, job.RunnerName));
        Assert.Empty(host.Events);

        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["job started"], host.Events);
        Assert.True(host.Process!.IsBusy);
        Assert.Equal(JobState.Running, JobNow(job).State);

        Clock.Advance(TenMinutes);
        Assert.Equal(["job started", "exit after job"], host.Events);
        Assert.Equal((JobState.Completed, JobOutcome.Succeeded), (JobNow(job).State, JobNow(job).Outcome));
        Assert.Equal((TenMinutes, false), (JobNow(job).CompletedAt - JobNow(job).StartedAt, host.Process.IsBusy));
        Assert.Empty(GitHub.Runners);
    }

    [Fact]
    public async Task Job_BeforeItsRunner_WaitsAndIsServedFirstComeFirst()
    {
        var other = GitHub.QueueJob(Repo, ["gpu"], TenMinutes);
        var first = GitHub.QueueJob(Repo, ["large"], TenMinutes);
        var second = GitHub.QueueJob(Repo, ["large"], TenMinutes);

        await StartRunnerAsync("r-1", "large");

        Assert.Equal([JobState.Queued, JobState.Assigned, JobState.Queued], new[] { other, first, second }.Select(job => JobNow(job).State));
    }

    [Theory]
    [InlineData("orgs/my-org", true)]
    [InlineData("repos/my-org/app", true)]
    [InlineData("enterprises/big", true)]
    [InlineData("repos/my-org/other", false)]
    [InlineData("orgs/other-org", false)]
    public async Task Job_RunnerOfThePlace_ServesItWhereItBelongs(string place, bool serves)
    {
        GitHub.AddRepository("my-org/other");
        GitHub.AddOrganization("other-org");
        using var made = await PostJitAsync(place, "r-1", "large");
        var config = (await ReadAsync(made, 201)).GetProperty("encoded_jit_config").GetString()!;
        FakeHost.Start(GitHub, 1, config);

        Assert.Equal(serves ? JobState.Assigned : JobState.Queued, GitHub.QueueJob(Repo, ["large"], TenMinutes).State);
    }

    [Fact]
    public async Task Job_OfflineOrForeignOrUnfitRunners_AreNotUsed()
    {
        await RegisterAsync("offline", "large");
        GitHub.AddForeignRunner(Org, "foreign", ["large"]);
        await StartRunnerAsync("small", "small");

        Assert.Equal(JobState.Queued, GitHub.QueueJob(Repo, ["large"], TenMinutes).State);
    }

    [Fact]
    public async Task BusyRunner_Deleted_Is422AndTheJobGoesOn()
    {
        var (host, job) = await RunJobAsync();

        Assert.True((await RunnerAsync(host)).GetProperty("busy").GetBoolean());
        Assert.Equal(422, await DeleteAsync(PathOf(host)));
        Clock.Advance(TenMinutes);

        Assert.Equal(JobOutcome.Succeeded, JobNow(job).Outcome);
    }

    [Fact]
    public async Task AssignedRunner_NotPickedUpYet_IsBusyToo()
    {
        var host = await StartRunnerAsync("r-1", "large");
        GitHub.QueueJob(Repo, ["large"], TenMinutes);

        Assert.Equal(422, await DeleteAsync(PathOf(host)));
    }

    [Fact]
    public async Task BusyFlag_Lags_WhileDeleteStillKnows()
    {
        GitHub.BusyLag = TimeSpan.FromSeconds(5);
        var host = await StartRunnerAsync("r-1", "large");
        GitHub.QueueJob(Repo, ["large"], TenMinutes);

        Assert.False((await RunnerAsync(host)).GetProperty("busy").GetBoolean());
        Assert.Equal(422, await DeleteAsync(PathOf(host)));
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True((await RunnerAsync(host)).GetProperty("busy").GetBoolean());
    }

    [Fact]
    public async Task DeleteRace_WithinTheLag_Is204AndTheJobRunsToItsEnd()
    {
        (GitHub.BusyLag, GitHub.DeleteRace) = (TimeSpan.FromSeconds(5), true);
        var host = await StartRunnerAsync("r-1", "large");
        var job = GitHub.QueueJob(Repo, ["large"], TenMinutes);

        Assert.Equal(204, await DeleteAsync(PathOf(host)));
        Assert.Equal(404, await DeleteAsync(PathOf(host)));
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["job started"], host.Events);
        Clock.Advance(TenMinutes);

        Assert.Equal((JobOutcome.Succeeded, "exit after job"), (JobNow(job).Outcome, host.Events[^1]));
    }

    [Fact]
    public async Task DeleteRace_AfterTheLag_Is422()
    {
        (GitHub.BusyLag, GitHub.DeleteRace) = (TimeSpan.FromSeconds(5), true);
        var (host, _) = await RunJobAsync();
        Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(422, await DeleteAsync(PathOf(host)));
    }

    [Fact]
    public async Task IdleRunner_Deleted_EndsWithoutAJob()
    {
        var host = await StartRunnerAsync("r-1", "large");

        Assert.Equal(204, await DeleteAsync(PathOf(host)));

        Assert.Equal(["exit without job"], host.Events);
        Assert.Equal(JobState.Queued, GitHub.QueueJob(Repo, ["large"], TenMinutes).State);
    }

    [Fact]
    public async Task BusyProcess_Killed_LosesTheJobAndStaysListedForAWhile()
    {
        var (host, job) = await RunJobAsync();

        host.Process!.Kill();
        host.Process.Kill();

        Assert.Equal((JobState.Completed, JobOutcome.LostRunner), (JobNow(job).State, JobNow(job).Outcome));
        Assert.Equal(["job started"], host.Events);
        var runner = await RunnerAsync(host);
        Assert.Equal(("offline", true), (runner.GetProperty("status").GetString(), runner.GetProperty("busy").GetBoolean()));
        Assert.Equal(422, await DeleteAsync(PathOf(host)));
        Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(GitHub.Runners);
    }

    [Fact]
    public async Task IdleProcess_Killed_IsOfflineAndMayStartAgain()
    {
        var (id, config) = await RegisterAsync("r-1", "large");
        FakeHost.Start(GitHub, id, config).Process!.Kill();
        Assert.Equal(JobState.Queued, GitHub.QueueJob(Repo, ["large"], TenMinutes).State);

        Assert.NotNull(FakeHost.Start(GitHub, id, config).Process);
        Assert.Equal(JobState.Assigned, GitHub.Jobs[0].State);
    }

    [Fact]
    public async Task AssignedProcess_Killed_TheJobGoesBackAfterAMinute()
    {
        var first = await StartRunnerAsync("r-1", "large");
        var job = GitHub.QueueJob(Repo, ["large"], TenMinutes);
        first.Process!.Kill();
        var second = await StartRunnerAsync("r-2", "large");

        Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("r-1", JobNow(job).RunnerName);
        Clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal((JobState.Running, "r-2", 2), (JobNow(job).State, JobNow(job).RunnerName, JobNow(job).Assignments));
        Assert.Equal(["job started"], second.Events);
        Assert.Equal(204, await DeleteAsync(PathOf(first)));
    }

    [Fact]
    public async Task Job_CancelledWhileQueued_IsNeverRun()
    {
        var job = GitHub.QueueJob(Repo, ["large"], TenMinutes);
        GitHub.CancelJob(job.Id);
        var host = await StartRunnerAsync("r-1", "large");
        Clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal((JobOutcome.Cancelled, 0), (JobNow(job).Outcome, JobNow(job).Assignments));
        Assert.Empty(host.Events);
    }

    [Fact]
    public async Task Job_CancelledWhileAssigned_FreesTheRunner()
    {
        var host = await StartRunnerAsync("r-1", "large");
        GitHub.CancelJob(GitHub.QueueJob(Repo, ["large"], TenMinutes).Id);
        var next = GitHub.QueueJob(Repo, ["large"], TenMinutes);
        Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["job started"], host.Events);
        Assert.Equal(JobState.Running, JobNow(next).State);
    }

    [Fact]
    public async Task Job_CancelledWhileAssignedToADeletedRunner_EndsIt()
    {
        (GitHub.BusyLag, GitHub.DeleteRace) = (TimeSpan.FromSeconds(5), true);
        var host = await StartRunnerAsync("r-1", "large");
        var job = GitHub.QueueJob(Repo, ["large"], TenMinutes);
        await DeleteAsync(PathOf(host));
        GitHub.CancelJob(job.Id);

        Assert.Equal(["exit without job"], host.Events);
    }

    [Fact]
    public async Task Job_CancelledWhileRunning_EndsTheRunner()
    {
        var (host, job) = await RunJobAsync();
        GitHub.CancelJob(job.Id);
        GitHub.CancelJob(job.Id);

        Assert.Equal(JobOutcome.Cancelled, JobNow(job).Outcome);
        Assert.Equal(["job started", "exit after job"], host.Events);
        Assert.Empty(GitHub.Runners);
    }

    [Fact]
    public async Task BusyRunner_CutOff_IsOfflineWhileTheJobGoesOn()
    {
        var (host, job) = await RunJobAsync();
        GitHub.SetRunnerOfflineWhileBusy("r-1");

        var runner = await RunnerAsync(host);
        Assert.Equal(("offline", true), (runner.GetProperty("status").GetString(), runner.GetProperty("busy").GetBoolean()));
        Clock.Advance(TenMinutes);
        Assert.Equal(JobOutcome.Succeeded, JobNow(job).Outcome);
    }

    [Fact]
    public async Task JitConfig_UnusedForAnHour_StartsNothing()
    {
        var (id, config) = await RegisterAsync("r-1", "large");
        Clock.Advance(TimeSpan.FromMinutes(61));

        Assert.Null(FakeHost.Start(GitHub, id, config).Process);
    }

    [Fact]
    public async Task JitConfig_StartedTwice_StartsOneProcess()
    {
        var (id, config) = await RegisterAsync("r-1", "large");
        FakeHost.Start(GitHub, id, config);

        Assert.Null(FakeHost.Start(GitHub, id, config).Process);
    }

    [Fact]
    public async Task JitConfig_Wrong_StartsNothing()
    {
        var (id, config) = await RegisterAsync("r-1", "large");
        await DeleteAsync($"{Org}/actions/runners/{id}");
        await RegisterAsync("r-1", "large");

        Assert.Null(FakeHost.Start(GitHub, id, config).Process);
        Assert.Null(FakeHost.Start(GitHub, id, "nonsense").Process);
        Assert.Null(FakeHost.Start(GitHub, id, Convert.ToBase64String("{}"u8)).Process);
    }

    [Fact]
    public async Task OfflineRunner_AfterADay_IsGone()
    {
        await RegisterAsync("unused", "large");
        Clock.Advance(TimeSpan.FromHours(12));
        (await StartRunnerAsync("stopped", "large")).Process!.Kill();
        await StartRunnerAsync("online", "large");
        GitHub.AddForeignRunner(Org, "foreign", ["large"], online: false);

        Clock.Advance(TimeSpan.FromHours(12));
        Assert.Equal(["stopped", "online", "foreign"], RunnerNames);
        Clock.Advance(TimeSpan.FromHours(12));
        Assert.Equal(["online", "foreign"], RunnerNames);
    }

    private static string PathOf(FakeHost host) => $"{Org}/actions/runners/{host.RunnerId}";

    private Task<System.Text.Json.JsonElement> RunnerAsync(FakeHost host) => GetAsync(PathOf(host));

    private async Task<(FakeHost Host, SimulatedJob Job)> RunJobAsync()
    {
        var host = await StartRunnerAsync("r-1", "large");
        var job = GitHub.QueueJob(Repo, ["large"], TenMinutes);
        Clock.Advance(TimeSpan.FromSeconds(2));
        return (host, job);
    }
}

public sealed class SlowRunnerTests : GitHubFixture
{
    protected override SimulatedGitHubOptions Options { get; } = new()
    {
        PickUpDelay = TimeSpan.FromSeconds(61),
        DeletionNotice = TimeSpan.FromSeconds(50),
    };

    [Fact]
    public async Task Job_NotPickedUpWithinAMinute_GoesBackToTheQueue()
    {
        var host = await StartRunnerAsync("r-1", "large");
        var job = GitHub.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1));

        Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, JobNow(job).Assignments);
        host.Process!.Kill();
        Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((JobState.Queued, null), (JobNow(job).State, JobNow(job).RunnerName));
        Assert.Empty(host.Events);
    }

    [Fact]
    public async Task IdleRunner_Deleted_NoticesLater()
    {
        var host = await StartRunnerAsync("r-1", "large");
        await DeleteAsync($"{Org}/actions/runners/{host.RunnerId}");

        Assert.Empty(host.Events);
        Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(["exit without job"], host.Events);
    }
}
