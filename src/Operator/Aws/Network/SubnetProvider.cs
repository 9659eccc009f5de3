using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Network;

/// <summary>Resolves the subnets of a spec.</summary>
internal sealed class SubnetProvider(IAwsClientFactory clients, TimeProvider timeProvider)
{
    // Cached data may be as old as the cache allows, and EC2 needs some seconds to count a new machine.
    private static readonly TimeSpan Visible = CacheDurations.Subnets + TimeSpan.FromSeconds(5);

    // Bounded by what one account can launch in that time.
    private readonly List<(string SubnetId, DateTimeOffset At)> _taken = [];

    private readonly ExpiringCache<(AwsAccount, ResourceSelector), IReadOnlyList<Subnet>> _cache = new(timeProvider);

    /// <summary>Resolves a selector to at least one subnet, sorted by id.</summary>
    /// <param name="account">Region and role.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">None matches, an id does not exist, or AWS did not answer.</exception>
    public async Task<IReadOnlyList<Subnet>> ResolveAsync(AwsAccount account, ResourceSelector selector, CancellationToken cancellationToken)
    {
        var found = await _cache.GetAsync((account, selector), CacheDurations.Subnets, token => FindAsync(account, selector, token), cancellationToken);
        return [.. found.Select(subnet => subnet with { AvailableIps = Math.Max(0, subnet.AvailableIps - InFlight(subnet.Id)) })];
    }

    /// <summary>A machine was launched into a subnet: its address is subtracted until AWS is queried again.</summary>
    public void Take(string subnetId)
    {
        var now = timeProvider.GetUtcNow();
        lock (_taken)
        {
            _taken.RemoveAll(taken => now - taken.At > Visible);
            _taken.Add((subnetId, now));
        }
    }

    private int InFlight(string subnetId)
    {
        var now = timeProvider.GetUtcNow();
        lock (_taken)
        {
            return _taken.Count(taken => taken.SubnetId == subnetId && now - taken.At <= Visible);
        }
    }

    /// <summary>Drops the account's cached subnets after one turned out to be gone.</summary>
    /// <param name="account">The account.</param>
    public void Forget(AwsAccount account) => _cache.Forget(key => key.Item1 == account);

    private async Task<IReadOnlyList<Subnet>> FindAsync(AwsAccount account, ResourceSelector selector, CancellationToken cancellationToken)
    {
        if (selector.IsEmpty)
        {
            throw new SubnetNotFoundException("no subnets are selected; select some by ids or tags in spec.launch.subnets");
        }

        try
        {
            var found = await Pages.AllAsync(
                token => clients.Ec2(account).DescribeSubnetsAsync(Request(selector, token), cancellationToken),
                page => page.Subnets,
                page => page.NextToken);
            return found.Count > 0 ? [.. found.Select(ToSubnet).OrderBy(subnet => subnet.Id, StringComparer.Ordinal)] : throw Missing(account, selector);
        }
        catch (AwsException e) when (e.IsNotFound || e.IsMalformed)
        {
            throw Missing(account, selector, e);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeSubnets");
        }
    }

    private static DescribeSubnetsRequest Request(ResourceSelector selector, string? token) => new()
    {
        SubnetIds = [.. selector.Ids],
        Filters = [.. TagFilters.Create(selector.Tags)],
        NextToken = token,
    };

    private static Subnet ToSubnet(Amazon.EC2.Model.Subnet subnet) =>
        new(subnet.SubnetId!, subnet.AvailabilityZone ?? "", subnet.Ipv6Native == true ? Subnet.Plenty : subnet.AvailableIpAddressCount ?? 0, subnet.VpcId ?? "")
        {
            IsIpv6Only = subnet.Ipv6Native == true,
        };

    private SubnetNotFoundException Missing(AwsAccount account, ResourceSelector selector, AwsException? cause = null) => new(
        $"no subnet in {clients.RegionOf(account)} has {selector}{(cause is null ? "" : $" ({cause.Message})")}; change spec.launch.subnets, or create or tag one",
        cause);
}
