using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Network;

/// <summary>Resolves the security groups of a spec.</summary>
internal sealed class SecurityGroupProvider(IAwsClientFactory clients, TimeProvider timeProvider)
{
    private readonly ExpiringCache<(AwsAccount, ResourceSelector), IReadOnlyList<SecurityGroup>> _cache = new(timeProvider);

    /// <summary>Resolves a selector to at least one security group, sorted by id, all in one VPC.</summary>
    /// <param name="account">Region and role.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="vpcId">The VPC of the subnets they are for; null for any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">None matches, an id does not exist or is in another VPC, or AWS did not answer.</exception>
    public async Task<IReadOnlyList<SecurityGroup>> ResolveAsync(
        AwsAccount account, ResourceSelector selector, string? vpcId, CancellationToken cancellationToken)
    {
        var found = await _cache.GetAsync(
            (account, selector), CacheDurations.SecurityGroups, token => FindAsync(account, selector, token), cancellationToken);
        return Choose(found, selector, vpcId);
    }

    // Tags may match groups in several VPCs, in which case those of the subnets' VPC are meant; ids must all match.
    private static IReadOnlyList<SecurityGroup> Choose(IReadOnlyList<SecurityGroup> found, ResourceSelector selector, string? vpcId)
    {
        var chosen = vpcId is null ? found : [.. found.Where(group => group.VpcId == vpcId)];
        if (chosen.Count == 0 || (selector.Ids.Count > 0 && chosen.Count < found.Count))
        {
            throw new SecurityGroupNotFoundException(
                $"the security groups with {selector} are not all in {vpcId}, the VPC of the subnets; change spec.launch.securityGroups or spec.launch.subnets");
        }

        var vpcs = chosen.Select(group => group.VpcId).Distinct(StringComparer.Ordinal).ToList();
        return vpcs.Count == 1
            ? chosen
            : throw new SecurityGroupNotFoundException(
                $"the security groups with {selector} are in several VPCs ({string.Join(", ", vpcs)}); select those of one VPC in spec.launch.securityGroups");
    }

    /// <summary>Drops the account's cached security groups after one turned out to be gone.</summary>
    /// <param name="account">The account.</param>
    public void Forget(AwsAccount account) => _cache.Forget(key => key.Item1 == account);

    private async Task<IReadOnlyList<SecurityGroup>> FindAsync(AwsAccount account, ResourceSelector selector, CancellationToken cancellationToken)
    {
        if (selector.IsEmpty)
        {
            throw new SecurityGroupNotFoundException("no security groups are selected; select some by ids or tags in spec.launch.securityGroups");
        }

        try
        {
            var found = await Pages.AllAsync(
                token => clients.Ec2(account).DescribeSecurityGroupsAsync(Request(selector, token), cancellationToken),
                page => page.SecurityGroups,
                page => page.NextToken);
            return found.Count > 0 ? [.. found.Select(ToGroup).OrderBy(group => group.Id, StringComparer.Ordinal)] : throw Missing(account, selector);
        }
        catch (AwsException e) when (e.IsNotFound || e.IsMalformed)
        {
            throw Missing(account, selector, e);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeSecurityGroups");
        }
    }

    private static DescribeSecurityGroupsRequest Request(ResourceSelector selector, string? token) => new()
    {
        GroupIds = [.. selector.Ids],
        Filters = [.. TagFilters.Create(selector.Tags)],
        NextToken = token,
    };

    private static SecurityGroup ToGroup(Amazon.EC2.Model.SecurityGroup group) => new(group.GroupId!, group.GroupName ?? "", group.VpcId ?? "");

    private SecurityGroupNotFoundException Missing(AwsAccount account, ResourceSelector selector, AwsException? cause = null) => new(
        $"no security group in {clients.RegionOf(account)} has {selector}{(cause is null ? "" : $" ({cause.Message})")}; change spec.launch.securityGroups, or create or tag one",
        cause);
}
