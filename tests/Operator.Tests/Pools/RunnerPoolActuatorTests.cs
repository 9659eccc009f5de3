using NSubstitute;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Runtime;
using Operator.Runtime.Events;
using Operator.Tests.Demand.Webhooks;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

public sealed class RunnerPoolActuatorTests
{
    // No watch is open: an immediately following reconcile must not request the same deletion again.
    [Fact]
    public async Task Deletes_AreKnownToTheNextPass_ByTheAnswerAlone()
    {
        var api = new FakeApi { HeedsFinalizers = true };
        var actuator = new RunnerPoolActuator(api, api.Store, groups: null!, Substitute.For<IEventRecorder>());
        var lease = api.Put(Some.Idle(change: lease => lease.Metadata.NamespaceProperty = "default"));
        var plan = new RunnerPoolPlan([], [new(lease, "NotNeeded", "it is no longer needed")]);

        Assert.Null(await actuator.ApplyAsync(new V1Alpha1RunnerPool(), plan, CancellationToken.None));

        Assert.NotNull(api.Store.Get(NamespacedName.From(lease))?.Metadata.DeletionTimestamp);
    }
}
