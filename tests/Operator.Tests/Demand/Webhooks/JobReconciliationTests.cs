using Microsoft.Extensions.Logging.Abstractions;
using Operator.Clients.GitHub;
using Operator.Demand.Webhooks;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>What no webhook has said.</summary>
public sealed class JobReconciliationTests
{
    private readonly DoorFixture _door = new();
    private readonly FakeGitHub _gitHub = new();

    public JobReconciliationTests() => _door.AddPool();

    [Fact]
    public async Task QueuedJob_Unknown_GetsItsLease()
    {
        await ReconcileAsync(DoorFixture.Job(7) with { Status = "queued" }, DoorFixture.Job(8, labels: ["other"]) with { Status = "queued" });

        Assert.Equal("runners-job-7=7", _door.Tags());
    }

    [Fact]
    public async Task QueuedJob_Known_CostsNothing()
    {
        _door.AddLease("a", made: "7");

        await ReconcileAsync(DoorFixture.Job(7) with { Status = "queued" });

        Assert.Equal(0, _door.Api.Writes);
    }

    [Theory]
    [InlineData("completed", "a=")]
    [InlineData("queued", "a=7")]
    [InlineData("in_progress", "a=7")]
    [InlineData(null, "a=")] // deleted with its run
    public async Task JobOfALease_NotListed_IsAskedFor(string? status, string expected)
    {
        _door.AddLease("a", made: "7");
        _gitHub.Job = status is null ? null : DoorFixture.Job(7) with { Status = status };

        await ReconcileAsync();

        Assert.Equal(expected, _door.Tags());
    }

    [Fact]
    public async Task JobOfALease_InARepositoryThatIsNotVisible_IsLeftAlone()
    {
        _door.AddLease("a", made: "7");

        await ReconcileAsync(new JobSurvey([], new HashSet<string>()));

        Assert.Equal("a=7", _door.Tags());
    }

    [Fact]
    public async Task JobOfALease_MadeDuringTheSurvey_IsLeftAlone()
    {
        _door.AddLease("a", made: "7").Metadata.CreationTimestamp = _door.Clock.GetUtcNow();

        await ReconcileAsync();

        Assert.Empty(_gitHub.Asked);
        Assert.Equal("a=7", _door.Tags());
    }

    [Fact]
    public async Task RunningJob_OnARunnerOfOurs_IsReportedOnce()
    {
        _door.AddLease("a", made: "7");
        await ReconcileAsync(DoorFixture.Job(7, "a-runner") with { Status = "in_progress" });
        _door.AddLease("a", made: "7", runs: "7");
        await ReconcileAsync(DoorFixture.Job(7, "a-runner") with { Status = "in_progress" });

        Assert.Equal(["started 7 on a-runner of runners"], _door.Reports);
    }

    [Fact]
    public async Task RunningJob_OnSomebodyElsesRunner_FreesTheLease()
    {
        _door.AddLease("a", made: "7");

        await ReconcileAsync(DoorFixture.Job(7, "static") with { Status = "in_progress" });

        Assert.Equal("a=", _door.Tags());
    }

    private Task ReconcileAsync(params GitHubJob[] jobs) =>
        ReconcileAsync(new JobSurvey([.. jobs.Select(job => ("my-org/app", job))], new HashSet<string> { "my-org/app" }));

    private Task ReconcileAsync(JobSurvey survey) =>
        new JobReconciliation(_door.Intake, _door.Leases, DoorFixture.Metrics, NullLogger<JobReconciliation>.Instance)
            .ReconcileAsync(Assert.Single(ResyncPlace.Of(_door.Pools.List())), survey, _gitHub, _door.Clock.GetUtcNow(), default);
}
