using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Forges;
using Operator.Leases;

namespace Operator.Ownership;

/// <summary>
/// Ownership according to the cache: enough to see that nothing is orphaned, not enough to act on. Looked up by index, so that a sweep's
/// cost depends on what it lists, not on the number of leases.
/// </summary>
internal sealed class CachedOwners(IStore<V1Alpha1RunnerLease> leases)
{
    public bool Explains(Instance instance) =>
        leases.ByIndex(LeaseIndexes.Instance, instance.Id).Count > 0
        || (instance.IntentId is { } intent && leases.ByIndex(LeaseIndexes.Intent, intent).Any(lease => lease.Status?.Instance is null));

    public bool Explains(ForgeTarget target, RegisteredRunner runner) =>
        leases.ByIndex(LeaseIndexes.Runner, runner.Name).Any(lease => lease.Status!.Runner is { } known && known.Is(runner.Name, runner.Id) && known.IsAt(target));
}
