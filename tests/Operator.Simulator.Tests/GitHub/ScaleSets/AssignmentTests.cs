using Operator.Simulator.GitHub;

namespace Operator.Simulator.Tests.GitHub.ScaleSets;

public sealed class AssignmentTests : ScaleSetFixture
{
    [Theory]
    [InlineData("linux", true)]
    [InlineData("Large,GPU", true)]
    [InlineData("gpu,linux", true)]
    [InlineData("gpu,arm64", false)]
    public async Task Job_AllItsLabelsOrTheName_MatchWhateverTheirCase(string labels, bool matches)
    {
        await ConnectAsync();
        var set = await CreateAsync("linux", "large", "gpu");
        GitHub.QueueJob(Repo, labels.Split(','), TenMinutes);

        Assert.Equal(matches ? 1 : 0, Numbers(set).TotalAvailableJobs);
    }

    [Fact]
    public async Task Job_OfAnotherOrganization_IsNotOffered()
    {
        GitHub.AddRepository("other/app");
        await ConnectAsync();
        var set = await CreateAsync("linux");
        GitHub.QueueJob("other/app", ["linux"], TenMinutes);

        Assert.Equal(0, Numbers(set).TotalAvailableJobs);
    }

    [Fact]
    public async Task EqualScaleSets_JobGoesToTheFirstThatHasRoom()
    {
        await ConnectAsync();
        var (one, two) = (await CreateAsync("one", "linux"), await CreateAsync("two", "linux"));
        var (first, second) = (await ListenAsync(one), await ListenAsync(two));
        var (firstPoll, secondPoll) = (await first.WaitAsync(1), await second.WaitAsync(1));

        var (a, b) = (GitHub.QueueJob(Repo, ["linux"], TenMinutes), GitHub.QueueJob(Repo, ["linux"], TenMinutes));
        using var firstAnswer = await firstPoll;
        using var secondAnswer = await secondPoll;

        Assert.Equal((one, two), (JobNow(a).ScaleSetId, JobNow(b).ScaleSetId));
    }

    [Fact]
    public async Task RunnerOfAScaleSet_OnlyServesWhatIsAssignedToIt()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var host = await StartSetRunnerAsync(set, "r-1");
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(host.Events);

        await (await ListenAsync(set)).ServeAsync();
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["job started"], host.Events);
    }

    [Fact]
    public async Task Job_NotPickedUp_IsRequeuedThreeTimesAndThenLeftAlone()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);
        var job = GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        var requests = new HashSet<long>();
        for (var round = 0; round < 4; round++)
        {
            requests.Add((await listener.ServeAsync()).Requests("JobAvailable").Single());
            (await StartSetRunnerAsync(set, $"r-{round}")).Process!.Kill();
            Clock.Advance(TimeSpan.FromSeconds(60));
            Assert.Equal(round + 1, JobNow(job).Requeues);
        }

        var last = await listener.TakeAsync();
        Assert.Equal((4, 0, 0), (requests.Count, last.Assigned, last.Available));
        Assert.Equal("JobAssigned JobCompleted", last.Kinds);
        Assert.Equal(("canceled", "r-3"), (last.Events[1].GetProperty("result").GetString(), last.Events[1].GetProperty("runnerName").GetString()));
        Assert.Equal((JobState.Queued, null), (JobNow(job).State, JobNow(job).ScaleSetId));
    }

    [Fact]
    public async Task Job_Requeued_IsServedByTheNextRunner()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);
        var job = GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await listener.ServeAsync();
        (await StartSetRunnerAsync(set, "dead")).Process!.Kill();
        Clock.Advance(TimeSpan.FromSeconds(60));
        await listener.ServeAsync();
        await StartSetRunnerAsync(set, "alive");
        Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((JobState.Running, "alive", 1), (JobNow(job).State, JobNow(job).RunnerName, Numbers(set).TotalRunningJobs));
    }

    [Theory]
    [InlineData("offered", "")]
    [InlineData("assigned", "JobCompleted canceled")]
    [InlineData("given to a runner", "JobCompleted canceled")]
    [InlineData("running", "JobCompleted canceled")]
    public async Task Job_CancelledInEachPhase_IsToldAndCountedNoMore(string phase, string told)
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);
        var job = GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await ReachAsync(phase, listener, set);

        GitHub.CancelJob(job.Id);
        var message = await listener.TakeAsync();

        Assert.Equal(told, string.Join(' ', message.Events.Select(item => $"{item.GetProperty("messageType")} {item.GetProperty("result")}")));
        Assert.Equal((0, 0, JobOutcome.Cancelled), (message.Assigned, message.Available, JobNow(job).Outcome));
        Assert.Equal(phase == "given to a runner" ? 1 : 0, Numbers(set).TotalIdleRunners);
    }

    [Fact]
    public async Task Job_ItsRunnerIsLost_CompletesWhenGitHubGivesItUp()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await listener.ServeAsync();
        var host = await StartSetRunnerAsync(set, "r-1");
        Clock.Advance(TimeSpan.FromSeconds(2));
        host.Process!.Kill();
        Assert.Equal((1, 1), (Numbers(set).TotalAssignedJobs, Numbers(set).TotalRunningJobs));
        await listener.TakeAsync();
        await ConnectAsync();
        var poll = await listener.WaitAsync();
        Clock.Advance(TimeSpan.FromSeconds(50));
        (await poll).Dispose();

        for (var i = 0; i < 11; i++)
        {
            poll = await listener.WaitAsync();
            Clock.Advance(TimeSpan.FromSeconds(50));
            using var answer = await poll;
            if ((int)answer.StatusCode == 200)
            {
                Assert.Equal("failed", (await Message.ReadAsync(answer)).Events[0].GetProperty("result").GetString());
                return;
            }
        }

        Assert.Fail("nobody was told");
    }

    [Fact]
    public async Task Job_NoRunnerForADay_IsGivenUp()
    {
        await ConnectAsync();
        var job = GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        Clock.Advance(TimeSpan.FromHours(24));

        Assert.Equal(JobOutcome.Cancelled, JobNow(job).Outcome);
    }

    private async Task ReachAsync(string phase, Listener listener, long set)
    {
        if (phase == "offered")
        {
            await listener.TakeAsync();
            return;
        }

        await listener.ServeAsync();
        await listener.TakeAsync();
        if (phase != "assigned")
        {
            await StartSetRunnerAsync(set, "r-1");
        }

        if (phase == "running")
        {
            Clock.Advance(TimeSpan.FromSeconds(2));
            await listener.TakeAsync();
        }
    }
}

public sealed class UnaskedAssignmentTests : ScaleSetFixture
{
    protected override SimulatedGitHubOptions Options { get; } = new()
    {
        ScaleSets = new() { AssignsUnasked = true, AssignmentDelay = TimeSpan.FromSeconds(1) },
    };

    [Fact]
    public async Task Job_WithoutAcquisition_IsAssignedUpToTheCapacity()
    {
        await ConnectAsync();
        var set = await CreateAsync("linux");
        var listener = await ListenAsync(set);
        var poll = await listener.WaitAsync(capacity: 1);
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        Assert.Equal((1, 0), (Numbers(set).TotalAcquiredJobs, Numbers(set).TotalAssignedJobs));
        Clock.Advance(TimeSpan.FromSeconds(1));

        using var answer = await poll;
        var message = await Message.ReadAsync(answer);
        Assert.Equal(("JobAssigned", 1, 1), (message.Kinds, message.Assigned, message.Available));
    }
}
