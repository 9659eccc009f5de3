using Operator.Dashboard;
using Operator.Entities.RunnerLeases;

namespace Operator.Tests.Dashboard;

public sealed class RunnersPlannerTests
{
    [Fact]
    public void Spans_OfALifeWithTwoJobs_FollowEachOther()
    {
        var lease = Shown.Running("linux-0", "Draining", change: lease =>
        {
            lease.Status!.Drain = new() { BegunAt = Shown.At(-5) };
            lease.Status.Instance!.GoneAt = Shown.At(-4);
        });

        var spans = RunnersPlanner.SpansOf(lease, [Ended(-15, -6), Ended(-25, -20)]);

        Assert.Equal(
            [("waiting", -30, -29), ("booting", -29, -28), ("idle", -28, -25), ("busy", -25, -20), ("idle", -20, -15), ("busy", -15, -6), ("idle", -6, -5), ("draining", -5, -4)],
            spans.Select(span => (span.State, Minute(span.From), Minute(span.To!.Value))));
    }

    public static TheoryData<string, Action<V1Alpha1RunnerLease>, string> Lives() => new()
    {
        { "has no machine yet", lease => lease.Status!.Instance = null, "waiting" },
        { "boots", lease => lease.Status!.Instance!.ReadyAt = null, "waiting booting" },
        { "is idle", _ => { }, "waiting booting idle" },
        { "is held", lease => lease.Spec.Holder = new() { Kind = "User" }, "waiting booting leased" },
        { "is busy", lease => lease.Status!.Job = new() { StartedAt = Shown.At(-9) }, "waiting booting idle busy" },
        { "was busy from the start", lease => lease.Status!.Job = new() { StartedAt = Shown.At(-28) }, "waiting booting busy" },
        { "drains with its job", lease => (lease.Status!.Job, lease.Status.Drain) = (new() { StartedAt = Shown.At(-9) }, new() { BegunAt = Shown.At(-2) }), "waiting booting idle busy draining" },
        { "never connected", lease => (lease.Status!.Instance!.ReadyAt, lease.Status.Drain) = (null, new() { BegunAt = Shown.At(-2) }), "waiting booting draining" },
        { "took a machine over", lease => (lease.Status!.AdoptedFrom, lease.Status.HeldSince, lease.Spec.Holder) = (new() { Name = "linux-1" }, Shown.At(-3), new() { Kind = "User" }), "leased" },
    };

    [Theory]
    [MemberData(nameof(Lives))]
    public void Spans_OfALeaseThat(string what, Action<V1Alpha1RunnerLease> change, string states)
    {
        var spans = RunnersPlanner.SpansOf(Shown.Running("linux-0", change: change), []);

        Assert.True(states == string.Join(' ', spans.Select(span => span.State)), $"{what}: {string.Join(' ', spans)}");
        Assert.Null(spans[^1].To);
        Assert.All(spans.SkipLast(1), span => Assert.NotNull(span.To));
    }

    [Fact]
    public void Page_IsSortedByNumber_FilteredAndCounted()
    {
        var leases = Enumerable.Range(0, 12).Select(number => Shown.Running($"linux-{number}", number == 3 ? "Busy" : "Idle"))
            .Append(Shown.Running("arm-0", pool: "arm")).Append(Shown.Running("linux-0", space: "team-b")).ToList();
        var seen = Shown.Seen([], leases);

        RunnersPage Ask(DashboardQuery query) => RunnersPlanner.Page(seen, query);

        Assert.Equal(["arm-0", "linux-0", "linux-1", "linux-2"], Ask(new(Limit: 4)).Runners.Select(runner => runner.Name));
        Assert.Equal(["linux-9", "linux-10", "linux-11"], Ask(new("default", "linux", Offset: 9)).Runners.Select(runner => runner.Name));
        Assert.Equal((14, 1), (Ask(new(Limit: 1)).Total, Ask(new(Limit: 1)).Runners.Count));
        Assert.Equal("linux-3", Assert.Single(Ask(new(State: "busy")).Runners).Name);
        Assert.Equal("linux-3", Assert.Single(Ask(new(Text: "MY-ORG/app")).Runners).Name);
        Assert.Equal("team-b", Assert.Single(Ask(new("team-b")).Runners).Namespace);
        Assert.Empty(Ask(new(Text: "nothing like it")).Runners);
        Assert.Empty(Ask(new(Offset: 500)).Runners);
    }

    [Fact]
    public void Page_RunnersOfOneName_AreOneRow_WithWhatThoseBeforeDid()
    {
        RunnerView Gone(string name, double from, double to) => RunnersPlanner.Describe(Shown.Lease(name, "Draining"), []) with
        {
            State = "ended",
            EndedAt = Shown.At(to),
            Spans = [new("busy", Shown.At(from), Shown.At(to))],
        };
        var journal = JournalSnapshot.Empty with { EndedRunners = [Gone("linux-0", -50, -45), Gone("linux-0", -44, -40), Gone("linux-1", -44, -41)] };

        var page = RunnersPlanner.Page(Shown.Seen([], [Shown.Running("linux-0")], journal), new());

        Assert.Equal([("linux-0", "idle", 2), ("linux-1", "ended", 0)], page.Runners.Select(runner => (runner.Name, runner.State, runner.Previous.Count)));
        Assert.Equal(2, page.Total);
        Assert.Equal("linux-1", Assert.Single(RunnersPlanner.Page(Shown.Seen([], [Shown.Running("linux-0")], journal), new(State: "ended")).Runners).Name);
    }

    [Fact]
    public void Jobs_RunningThenWaitingThenEnded()
    {
        var waiting = Shown.Lease("linux-job-9", "Pending", change: lease => lease.Metadata.Labels = new Dictionary<string, string> { [Operator.Entities.Labels.Job] = "9" });

        var page = RunnersPlanner.Jobs(Shown.Seen([], [waiting, Shown.Running("linux-0", "Busy"), Shown.Running("linux-1")], JournalSnapshot.Empty with { EndedJobs = [Ended(-9, -8)] }), new());

        Assert.Equal([("running", "job-linux-0"), ("waiting", "9"), ("ended", "7")], page.Jobs.Select(job => (job.State, job.Id!)));
        Assert.Equal("https://github.com/my-org/app/actions/runs/42/job/job-linux-0", page.Jobs[0].Url);
        Assert.Equal(("Pending", "it is Pending"), (page.Jobs[1].Reason, page.Jobs[1].Message));
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("not a url")]
    [InlineData(null)]
    public void Job_RegisteredAtNoWebAddress_HasNoLink(string? url) =>
        Assert.Null(RunnersPlanner.JobOf(Shown.Running("linux-0", "Busy", change: lease => lease.Status!.Runner!.Url = url))!.Url);

    private static JobView Ended(double from, double to) => new()
    {
        State = "ended",
        Id = "7",
        Namespace = "default",
        Pool = "linux",
        Runner = "linux-0",
        StartedAt = Shown.At(from),
        EndedAt = Shown.At(to),
    };

    private static int Minute(DateTimeOffset at) => (int)(at - Shown.Now).TotalMinutes;
}
