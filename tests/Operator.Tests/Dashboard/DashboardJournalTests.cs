using NSubstitute;
using Operator.Dashboard;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;

namespace Operator.Tests.Dashboard;

public sealed class DashboardJournalTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly DashboardJournal _journal;

    public DashboardJournalTests() => _journal = new(Substitute.For<IInformer<V1Alpha1RunnerPool>>(), Substitute.For<IInformer<V1Alpha1RunnerLease>>(), _clock);

    public void Dispose() => _journal.Dispose();

    [Fact]
    public void Life_OfARunner_IsTold_AndTheRunnerAndItsJobAreRemembered()
    {
        V1Alpha1RunnerLease[] life =
        [
            Lease(phase: null), Lease("Pending"), Running("Booting", ready: false), Running("Idle"), Running("Busy"), Running("Draining", job: false),
        ];
        foreach (var (before, after) in life.Zip(life.Skip(1)))
        {
            _journal.Observe(before, after);
        }

        _journal.Observe(life[^1], after: null);

        var told = Read();
        Assert.Equal(["Launched", "Connected", "JobStarted", "JobEnded", "Terminated"], told.Events.Where(happened => !happened.IsWarning).Select(happened => happened.Reason).Except(["Pending", "Draining", "Idle", "Busy"]));
        Assert.Equal(("linux-0", "ended"), (Assert.Single(told.EndedRunners).Name, told.EndedRunners[0].State));
        Assert.Contains("busy", told.EndedRunners[0].Spans.Select(span => span.State));
        Assert.All(told.EndedRunners[0].Spans, span => Assert.NotNull(span.To));
        Assert.Equal("ended", Assert.Single(told.EndedJobs).State);
    }

    [Fact]
    public void ExistingObjects_AreNoNews()
    {
        _journal.Observe(before: null, Running("Busy"));
        _journal.Observe(before: null, Shown.Pool());

        Assert.Empty(Read().Events);
    }

    [Fact]
    public void SpotLoss_IsCountedOnce_WhetherTheLeaseOrThePoolTellsIt()
    {
        var noticed = Running("Busy", change: lease => lease.Status!.Interruption = new() { Reason = "SpotInterruption" });
        _journal.Observe(Running("Busy"), noticed);
        _journal.Observe(noticed, after: null);
        _journal.Observe(Shown.Pool(), Shown.Pool(change: pool => pool.Status!.LostJobs =
            [new() { RunnerName = "r", RunId = "1", Repository = "my-org/app", InstanceId = "i-linux-0", Reason = "SpotInterrupted", LostAt = _clock.GetUtcNow() }]));

        Assert.Equal(1, Read().SpotLosses);
        Assert.Equal(3, Read().Events.Count(happened => happened.IsWarning)); // the notice, the loss, the job
        _clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(0, Read().SpotLosses);
    }

    [Fact]
    public void Journal_OfABusyDay_StaysBounded_AndKeepsWarnings()
    {
        _journal.Observe(Shown.Pool(), Shown.Pool(change: pool => pool.Status!.Conditions = [Shown.Condition("Ready", "False", "NoLabels")]));
        for (var number = 0; number < 1000; number++)
        {
            _journal.Observe(Lease("Pending", $"linux-{number}"), Running("Busy", $"linux-{number}"));
            _journal.Observe(Running("Busy", $"linux-{number}"), after: null);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        var told = Read();
        Assert.Equal((DashboardJournal.Kept, DashboardJournal.Kept), (told.EndedRunners.Count, told.EndedJobs.Count));
        Assert.Equal("NoLabels", Assert.Single(told.Events, happened => happened.IsWarning).Reason);
        Assert.True(told.Events.Count <= DashboardJournal.Kept + 1);
        Assert.True(told.History.At.Count <= StateHistory.Samples + 1);
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Empty(Read().EndedRunners);
    }

    [Fact]
    public void Namespaces_BeyondTheBound_AreNotRemembered_AndOthersAreKeptApart()
    {
        for (var number = 0; number < DashboardJournal.MaxNamespaces + 10; number++)
        {
            _journal.Observe(Lease("Pending", space: $"n{number}"), Running("Idle", space: $"n{number}"));
        }

        Assert.Equal(DashboardJournal.MaxNamespaces, _journal.Read(_ => true).Events.Select(happened => happened.Namespace).Distinct().Count());
        Assert.All(_journal.Read(space => space == "n3").Events, happened => Assert.Equal("n3", happened.Namespace));
    }

    [Fact]
    public void History_CountsWhatChanged_AndEndsNow()
    {
        _journal.Observe(before: null, Lease("Pending"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        _journal.Observe(Lease("Pending"), Running("Busy"));
        _journal.Observe(before: null, Running("Idle", "linux-1"));
        _clock.Advance(TimeSpan.FromMinutes(1));

        var history = Read().History;

        Assert.Equal([1, 0, 0], history.Waiting);
        Assert.Equal([0, 1, 1], history.Busy);
        Assert.Equal([0, 1, 1], history.Idle);
        Assert.Equal(_clock.GetUtcNow().ToUnixTimeSeconds() / 10 * 10, history.At[^1]);
    }

    [Fact]
    public async Task Change_WakesThoseWhoWait_AndGrowsTheRevision()
    {
        var (revision, changed) = _journal.Current;
        Assert.False(changed.IsCompleted);

        _journal.Observe(before: null, Lease("Pending"));

        await changed;
        Assert.True(_journal.Current.Revision > revision);
        Assert.False(_journal.Current.Changed.IsCompleted);
    }

    private JournalSnapshot Read() => _journal.Read(_ => true);

    private V1Alpha1RunnerLease Lease(string? phase, string name = "linux-0", string space = "default") =>
        Shown.Lease(name, phase, space: space, change: lease => lease.Metadata.CreationTimestamp = _clock.GetUtcNow() - TimeSpan.FromMinutes(30));

    private V1Alpha1RunnerLease Running(string phase, string name = "linux-0", bool ready = true, bool job = true, string space = "default", Action<V1Alpha1RunnerLease>? change = null) =>
        Shown.Running(name, phase, space: space, change: lease =>
        {
            var now = _clock.GetUtcNow();
            lease.Metadata.CreationTimestamp = now - TimeSpan.FromMinutes(30);
            (lease.Status!.Instance!.LaunchedAt, lease.Status.Instance.ReadyAt) = (now - TimeSpan.FromMinutes(29), ready ? now - TimeSpan.FromMinutes(28) : null);
            lease.Status.Job = job && lease.Status.Job is { } running ? running : null;
            lease.Status.Job?.StartedAt = now - TimeSpan.FromMinutes(20);
            change?.Invoke(lease);
        });
}
