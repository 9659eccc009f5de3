using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Runtime;
using Operator.Runtime.Controllers;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Runtime.Metrics;
using Operator.Settings;
using Operator.Simulator.Time;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

public sealed class RunnerLeaseReconcilerTests
{
    private static readonly NamespacedName Key = new("default", "linux-0");

    private readonly FakeApi _api = new() { HeedsFinalizers = true };
    private readonly RunnerLeaseReconciler _reconciler;

    public RunnerLeaseReconcilerTests()
    {
        var (clock, registry, pools) = (new ManualTimeProvider(), new ScriptedRegistry(), new ObjectStore<V1Alpha1RunnerPool>());
        var scopes = new PoolScopes(pools, new CredentialsReader(_api, clock), GitHubHosts.Any);
        var writer = new RunnerLeaseWriter(_api, _api.Store, Substitute.For<IEventRecorder>(), clock);
        var observer = new RunnerLeaseObserver(
            _api.Store, new PoolDirectory(pools, new ObjectStore<V1Alpha1ResourceClass>(), clock), new KnownMachines(), groups: null!, new(registry, deprecations: null!, scopes, new(clock)), clock);
        var launcher = new RunnerLeaseLauncher(launcher: null!, needs: null!, instances: null!, _api.Store, new LaunchGate(_api, pools, _api.Store, new(_api, pools), new(clock)), writer);
        var journal = new LeaseJournal(new(new Instruments()), new(clock), clock, NullLogger<LeaseJournal>.Instance);
        _reconciler = new(_api.Store, observer, new(launcher, null!, null!, null!, new(instances: null!, mailbox: null!, writer), writer), new(pools, clock), new(writer), journal);
    }

    // The cache has the lease until the watch reports its deletion; the response does not change that.
    [Fact]
    public async Task Released_BeforeTheWatchSaysSo_IsLeftAlone()
    {
        _api.Put(Leaving("first"));
        await PassAsync();
        Assert.Empty(_api.Leases);
        var writes = _api.Writes;

        await PassAsync();

        Assert.Equal((writes, 1), (_api.Writes, _api.Store.Count));
    }

    [Fact]
    public async Task Released_ItsNameIsUsedAgain_TheNextOneIsReleased()
    {
        _api.Put(Leaving("first"));
        await PassAsync();
        _api.Put(Leaving("second"));

        await PassAsync();

        Assert.Empty(_api.Leases);
    }

    private Task<ReconcileResult> PassAsync() => _reconciler.ReconcileAsync(Key, CancellationToken.None);

    private static V1Alpha1RunnerLease Leaving(string uid) => Some.Lease(change: lease =>
    {
        (lease.Metadata.NamespaceProperty, lease.Metadata.Uid, lease.Metadata.DeletionTimestamp) = (Key.Namespace, uid, Some.Now);
        lease.Status = null;
    });
}
