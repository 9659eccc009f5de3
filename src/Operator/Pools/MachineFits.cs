using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Determines which machines a pool currently wants, from cached data about its region and network.</summary>
internal sealed class MachineFits(InstanceTypeProvider instanceTypes, SubnetProvider subnets)
{
    /// <summary>The machines that the pool wants; null while EC2 does not answer, in which case no machine counts as unwanted.</summary>
    public async Task<MachineFit?> FindAsync(
        V1Alpha1RunnerPool pool, UsageClass usageClass, V1Alpha1ResourceClass resourceClass, CancellationToken cancellationToken)
    {
        var account = PoolQueries.AccountOf(pool.Spec.Launch);
        try
        {
            var network = await subnets.ResolveAsync(account, PoolQueries.SubnetsOf(pool.Spec.Launch), cancellationToken);
            return new(
                await instanceTypes.ListAsync(account, cancellationToken),
                MachineNeedsReader.Read(resourceClass.Spec, narrowed: null),
                network.Select(subnet => subnet.Id).ToHashSet(StringComparer.Ordinal),
                usageClass,
                pool.Spec.Purchasing);
        }
        catch (ProviderException)
        {
            return null;
        }
    }
}
