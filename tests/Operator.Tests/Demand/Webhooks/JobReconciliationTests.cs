using Microsoft.Extensions.Logging.Abstractions;
using Operator.Demand.Webhooks;
using Operator.Entities;
using Operator.GitHub.Rest;
using Operator.Runtime;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>Jobs without a webhook.</summary>
public sealed class JobReconciliationTests
{
    private readonly WebhookDemandFixture _fixture = new();
    private readonly FakeGitHub _gitHub = new();

    public JobReconciliationTests() => _fixture.AddPool();

    [Fact]
    public async Task QueuedJob_Unknown_GetsItsLease()
    {
        await ReconcileAsync(WebhookDemandFixture.Job(7) with { Status = "queued" }, WebhookDemandFixture.Job(8, labels: ["other"]) with { Status = "queued" });

        Assert.Equal("runners-job-7=7", _fixture.Tags());
    }

    [Fact]
    public async Task QueuedJob_Known_CostsNothing()
    {
        _fixture.AddLease("a", made: "7");

        await ReconcileAsync(WebhookDemandFixture.Job(7) with { Status = "queued" });

        Assert.Equal(0, _fixture.Api.Writes);
    }

    [Theory]
    [InlineData("completed", "a=")]
    [InlineData("queued", "a=7")]
    [InlineData("in_progress", "a=7")]
    [InlineData("waiting", "a=")]
    [InlineData("pending", "a=")]
    [InlineData("requested", "a=")]
    [InlineData(null, "a=")] // deleted with its run
    public async Task JobOfALease_NotListed_IsAskedFor(string? status, string expected)
    {
        _fixture.AddLease("a", made: "7");
        _gitHub.Job = status is null ? null : WebhookDemandFixture.Job(7) with { Status = status };

        await ReconcileAsync();

        Assert.Equal(expected, _fixture.Tags());
    }

    [Fact]
    public async Task JobOfALease_InARepositoryThatIsNotVisible_IsLeftAlone()
    {
        _fixture.AddLease("a", made: "7");

        await ReconcileAsync(new JobSurvey([], new HashSet<string>()));

        Assert.Equal("a=7", _fixture.Tags());
    }

    [Fact]
    public async Task JobOfALease_MadeDuringTheSurvey_IsLeftAlone()
    {
        _fixture.AddLease("a", made: "7").Metadata.CreationTimestamp = _fixture.Clock.GetUtcNow();

        await ReconcileAsync();

        Assert.Empty(_gitHub.Asked);
        Assert.Equal("a=7", _fixture.Tags());
    }

    [Fact]
    public async Task RunningJob_OnARunnerOfOurs_IsReportedOnce()
    {
        _fixture.AddLease("a", made: "7");
        await ReconcileAsync(WebhookDemandFixture.Job(7, "a-runner") with { Status = "in_progress" });
        _fixture.AddLease("a", made: "7", runs: "7");
        await ReconcileAsync(WebhookDemandFixture.Job(7, "a-runner") with { Status = "in_progress" });

        Assert.Equal(["started 7 on a-runner of runners"], _fixture.Reports);
    }

    [Fact]
    public async Task RunningJob_OnSomebodyElsesRunner_FreesTheLease()
    {
        _fixture.AddLease("a", made: "7");

        await ReconcileAsync(WebhookDemandFixture.Job(7, "static") with { Status = "in_progress" });

        Assert.Equal("a=", _fixture.Tags());
    }

    [Fact]
    public async Task Answer_AboutAnotherJob_IsNoAnswer()
    {
        _fixture.AddLease("a", made: "7");
        _fixture.AddLease("b", made: "8", runs: "8");
        _gitHub.Job = WebhookDemandFixture.Job(8, "b-runner") with { Status = "completed" };

        await ReconcileAsync(WebhookDemandFixture.Job(8, "b-runner") with { Status = "in_progress" });

        Assert.Equal(["job 7"], _gitHub.Asked);
        Assert.Equal("a=7 b=8", _fixture.Tags());
        Assert.Empty(_fixture.Reports);
    }

    // A lease whose job cannot be read, one that cannot be written, and a refused one do not delay others.
    [Theory]
    [InlineData("ask")]
    [InlineData("free")]
    [InlineData("create")]
    public async Task OneOfTen_Poisoned_TheOthersAreReconciled(string poison)
    {
        for (var job = 10; job < 20; job++)
        {
            _fixture.AddLease($"l{job}", made: $"{job}", runner: $"l{job}-runner");
        }

        _gitHub.JobOf = id => poison == "ask" && id == 13
            ? throw new GitHubApiException(GitHubErrors.ServerError, "broken")
            : WebhookDemandFixture.Job(id) with { Status = "completed" };
        _fixture.Api.Refuse = name => (poison == "free" && name == "l13") || (poison == "create" && name == "runners-job-103");

        var failure = await Record.ExceptionAsync(() => ReconcileAsync(
            [.. Enumerable.Range(100, 10).Select(id => WebhookDemandFixture.Job(id) with { Status = "queued" })]));

        var tags = _fixture.Tags().Split(' ');
        Assert.Equal(poison == "create" ? 10 : 9, tags.Count(tag => tag[0] == 'l' && tag.EndsWith('=')));
        Assert.Equal(poison == "create" ? 9 : 10, tags.Count(tag => tag[0] == 'r'));
        Assert.Equal(poison == "create", failure is null);
        Assert.Equal(poison == "create", _fixture.Refused.Find(new("default", "runners")) is not null);
    }

    [Fact]
    public async Task RefusedLease_IsAConditionUntilACheckGoesWithout()
    {
        _fixture.Api.Refuse = _ => true;
        await ReconcileAsync(WebhookDemandFixture.Job(7) with { Status = "queued" });
        Assert.Equal("LeasesRefused", _fixture.Refused.Find(new("default", "runners"))?.Reason);

        _fixture.Api.Refuse = _ => false;
        _fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        await ReconcileAsync(WebhookDemandFixture.Job(7) with { Status = "queued" });

        Assert.Null(_fixture.Refused.Find(new("default", "runners")));
        Assert.Equal("runners-job-7=7", _fixture.Tags());
        Assert.Equal(2, _fixture.Woken.Count);
    }

    // Answers for one Secret or one host affect no others.
    [Theory]
    [InlineData("https://github.com/my-org", "theirs")]
    [InlineData("https://ghes.example.com/my-org", "github-app")]
    [InlineData("https://github.com/other-org", "github-app")]
    public async Task Answers_OfAnotherPlaceOrSecret_ConcernNobodyElse(string url, string secret)
    {
        _fixture.AddPool("theirs", url, secret);
        _fixture.AddLease("a", made: "7");
        _fixture.AddLease("b", made: "8", runs: "8");
        _fixture.AddLease("c", made: "9", pool: "theirs", url: url);
        var repository = url.Contains("other-org", StringComparison.Ordinal) ? "other-org/app" : "my-org/app";
        var place = ResyncTarget.Group(_fixture.Pools.List()).Single(place => place.Pools.Any(pool => pool.Key.Name == "theirs"));
        _gitHub.Job = WebhookDemandFixture.Job(9, "b-runner") with { Status = "completed" };

        _fixture.Api["c"].Metadata.Annotations![Annotations.Repository] = repository;
        await ReconcileAsync(place, new JobSurvey(
            [
                (repository, WebhookDemandFixture.Job(666, "a-runner") with { Status = "in_progress" }),
                (repository, WebhookDemandFixture.Job(7, "static") with { Status = "in_progress" }),
            ],
            new HashSet<string> { repository }));

        Assert.Equal("a=7 b=8 c=", _fixture.Tags());
        Assert.Empty(_fixture.Reports);
        foreach (var (job, expected) in ((long, JobEventResult)[])[(9, JobEventResult.LeaseCreated), (666, JobEventResult.LeaseCreated)])
        {
            var ours = new WebhookTrust(new HashSet<NamespacedName> { new("default", "github-app") });
            var isSame = url == "https://github.com/other-org"; // one host: the number is the same job's
            Assert.Equal(isSame && job == 9 ? JobEventResult.AlreadyKnown : expected, await _fixture.Intake.QueuedAsync(WebhookDemandFixture.Job(job), WebhookDemandFixture.Site, ours, default));
        }
    }

    // Of two pools the check of each makes its own leases. One whose credentials GitHub does not take is not waited for.
    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "runners-job-7=7")]
    public async Task QueuedJob_ForAPoolWithAnotherSecret_IsFoundByThatOnesCheck(bool hasCredentials, string expected)
    {
        _fixture.AddPool("aaa", secret: "theirs", hasCredentials: hasCredentials);

        await ReconcileAsync(WebhookDemandFixture.Job(7) with { Status = "queued" });

        Assert.Equal(expected, _fixture.Tags());
    }

    [Theory]
    [InlineData("my-org/app", "a=7")]
    [InlineData("other-org/app", "a=")] // the pool has another address now
    [InlineData("app", "a=")]
    [InlineData("my-org/../../orgs/my-org/actions/secrets", "a=")]
    public async Task JobOfALease_OfAnotherPlace_IsNeverAskedFor(string repository, string expected)
    {
        var lease = _fixture.AddLease("a", made: "7");
        lease.Metadata.Annotations![Annotations.Repository] = repository;
        _fixture.Api.Put(lease);
        _gitHub.Job = WebhookDemandFixture.Job(7) with { Status = "queued" };
        var place = Assert.Single(ResyncTarget.Group(_fixture.Pools.List()));

        await ReconcileAsync();

        Assert.Equal(expected, _fixture.Tags());
        Assert.Equal(expected == "a=7" ? ["job 7"] : [], _gitHub.Asked);
        Assert.Equal(expected == "a=7" ? [repository] : [], Reconciliation().RepositoriesOf(place));
    }

    private Task ReconcileAsync(params GitHubJob[] jobs) =>
        ReconcileAsync(new JobSurvey([.. jobs.Select(job => ("my-org/app", job))], new HashSet<string> { "my-org/app" }));

    private Task ReconcileAsync(JobSurvey survey) =>
        ReconcileAsync(ResyncTarget.Group(_fixture.Pools.List()).Single(place => place.Pools.Any(pool => pool.Key.Name == "runners")), survey);

    private Task ReconcileAsync(ResyncTarget place, JobSurvey survey) =>
        Reconciliation().ReconcileAsync(place, survey, _gitHub, _fixture.Clock.GetUtcNow(), default);

    private JobReconciliation Reconciliation() =>
        new(_fixture.Intake, _fixture.Leases, _fixture.Refused, WebhookDemandFixture.Metrics, NullLogger<JobReconciliation>.Instance);
}
