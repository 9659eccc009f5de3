using NSubstitute;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Simulator.Time;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

/// <summary>The outcome of a reconcile after a concurrent write.</summary>
public sealed class RunnerLeaseWriterTests
{
    private static readonly RunnerLeasePlan Waits = RunnerLeasePlan.Wait("Booting", "it boots");

    private readonly FakeApi _api = new();
    private readonly RunnerLeaseWriter _writer;

    public RunnerLeaseWriterTests() => _writer = new(_api, _api.Store, Substitute.For<IEventRecorder>(), new ManualTimeProvider());

    [Fact]
    public async Task Status_OthersWroteOfTheSameLaunch_KeepsWhatWasDoneOutside_AndConcludesNothing()
    {
        var (stored, seen) = Pass(lease => lease.Status!.Instance = new() { Id = "i-1" });
        Elsewhere(stored, lease => lease.Status!.Job = new() { Id = "5" });

        await Assert.ThrowsAsync<KubernetesApiException>(() => WriteAsync(stored, seen));

        var status = _api["linux-0"].Status!;
        Assert.Equal(("i-1", "5"), (status.Instance?.Id, status.Job?.Id));
        Assert.Null(status.Conditions);
    }

    [Theory]
    [InlineData("other", null)]
    [InlineData("intent", "i-2")]
    public async Task Status_OthersWroteOfAnotherLaunch_IsLeftAsItIs(string intent, string? machine)
    {
        var (stored, seen) = Pass(lease => lease.Status!.Instance = new() { Id = "i-1" });
        Elsewhere(stored, lease =>
        {
            lease.Status!.Launch!.IntentId = intent;
            lease.Status.Instance = machine is null ? null : new() { Id = machine };
        });
        var writes = _api.Writes;

        await Assert.ThrowsAsync<KubernetesApiException>(() => WriteAsync(stored, seen));

        Assert.Equal((writes, machine), (_api.Writes, _api["linux-0"].Status!.Instance?.Id));
    }

    [Fact]
    public async Task Status_AnotherLeaseBearsTheName_IsLeftAsItIs()
    {
        var (stored, seen) = Pass(lease => lease.Status!.Instance = new() { Id = "i-1" });
        Elsewhere(stored, lease => lease.Metadata.Uid = "younger");

        await Assert.ThrowsAsync<KubernetesApiException>(() => WriteAsync(stored, seen));

        Assert.Null(_api["linux-0"].Status!.Instance);
    }

    [Fact]
    public async Task Status_OthersWrote_AndNothingWasDoneOutside_IsLeftToTheNextPass()
    {
        var (stored, seen) = Pass(lease => lease.Status!.IdleSince = Some.Now);
        Elsewhere(stored, lease => lease.Status!.Job = new() { Id = "5" });

        await Assert.ThrowsAsync<KubernetesApiException>(() => WriteAsync(stored, seen));

        Assert.Null(_api["linux-0"].Status!.IdleSince);
    }

    [Fact]
    public async Task Status_LeaseIsGone_TellsNobody()
    {
        var (stored, seen) = Pass(lease => lease.Status!.IdleSince = Some.Now);
        await _api.DeleteAsync<V1Alpha1RunnerLease>(new("default", "linux-0"), null, CancellationToken.None);

        await WriteAsync(stored, seen);

        Assert.Empty(_api.Leases);
    }

    [Fact]
    public async Task Status_Unchanged_IsNotWrittenAgain()
    {
        var (stored, seen) = Pass(_ => { });
        await WriteAsync(stored, seen);

        await WriteAsync(_api["linux-0"], Some.Seen(LeaseCopies.Create(_api["linux-0"])));

        Assert.Equal(1, _api.Writes);
    }

    [Fact]
    public async Task Intent_OthersWrote_IsNotStored()
    {
        var (stored, seen) = Pass(lease => lease.Status!.Launch!.IntentId = "mine");
        Elsewhere(stored, lease => lease.Status!.Launch!.IntentId = "theirs");

        await Assert.ThrowsAsync<KubernetesApiException>(() => _writer.WriteIntentAsync(seen, CancellationToken.None));

        Assert.Equal("theirs", _api["linux-0"].Status!.Launch!.IntentId);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Finalizer_OthersWrote_GoesOnlyFromALeaseThatIsOnItsWayOut(bool isDeleting, int left)
    {
        var (stored, seen) = Pass(_ => { });
        Elsewhere(stored, lease => lease.Metadata.DeletionTimestamp = isDeleting ? Some.Now : null);

        await _writer.RemoveFinalizerAsync(seen.Lease, CancellationToken.None);

        Assert.Equal(left, _api["linux-0"].Metadata.Finalizers?.Count ?? 0);
    }

    // A stored lease with a launch under way, and what a pass makes of its copy.
    private (V1Alpha1RunnerLease Stored, RunnerLeaseObservation Seen) Pass(Action<V1Alpha1RunnerLease> does)
    {
        var stored = _api.Put(Some.Lease(change: lease =>
        {
            lease.Metadata.NamespaceProperty = "default";
            lease.Status!.Launch = new() { IntentId = "intent", At = Some.Now };
        }));
        var copy = LeaseCopies.Create(stored);
        does(copy);
        return (stored, Some.Seen(copy));
    }

    private void Elsewhere(V1Alpha1RunnerLease stored, Action<V1Alpha1RunnerLease> change)
    {
        var other = LeaseCopies.Create(stored);
        change(other);
        _api.Put(other);
    }

    private Task WriteAsync(V1Alpha1RunnerLease stored, RunnerLeaseObservation seen) => _writer.ChangeOf(stored, seen, Waits) is { } change
        ? _writer.WriteAsync(change, CancellationToken.None)
        : Task.CompletedTask;
}
