using Operator.Clients.Ec2;
using Operator.Clients.Ec2.Model;
using Operator.Providers.Instances;
using Operator.Providers.InstanceTypes;
using Operator.Providers.Pricing;
using Operator.Providers.Subnets;

namespace Operator.Providers.Offerings;

/// <summary>What can be asked for now: the catalogue, the pool's subnets, and the memory of what was exhausted.</summary>
internal sealed class OfferingProvider(IInstanceTypeProvider instanceTypes, ISubnetProvider subnets, UnavailableOfferings unavailable)
{
    public async Task<IReadOnlyList<Offering>> OfferAsync(LaunchNeed need, CancellationToken cancellationToken)
    {
        var catalogue = await instanceTypes.ListAsync(need.Account, cancellationToken);
        var network = await subnets.ResolveAsync(need.Account, need.Subnets, cancellationToken);
        var types = OfferingSelector.Matching(catalogue, need.Needs, OnDemandPrices.Of)
            .Where(type => type.UsageClasses.Contains(need.UsageClass)).ToList();
        var account = need.Account.ToString();
        return OfferingSelector.Offer(
            types, network, (type, zone) => unavailable.Contains(account, need.UsageClass, type, zone), OnDemandPrices.Of);
    }

    public void Remember(LaunchNeed need, IReadOnlyList<Offering> offered, IEnumerable<CreateFleetError> errors)
    {
        foreach (var error in errors.Where(error => Ec2Errors.IsInsufficientCapacity(error.ErrorCode)))
        {
            var tried = error.LaunchTemplateAndOverrides?.Overrides;
            foreach (var offering in offered.Where(offering =>
                offering.InstanceType == tried?.InstanceType
                && (offering.SubnetId == tried.SubnetId || offering.Zone == tried.AvailabilityZone)))
            {
                unavailable.Add(need.Account.ToString(), need.UsageClass, offering.InstanceType, offering.Zone);
            }
        }
    }
}
