using Operator.Aws.Clients;
using Operator.Aws.Clients.AutoScaling;

namespace Operator.Aws.Groups;

/// <summary>The Auto Scaling groups with this cluster's tag.</summary>
internal sealed class OwnedGroups(IAwsClientFactory clients, ClusterIdentity cluster)
{
    private const int PageSize = 100;

    /// <summary>Lists them all.</summary>
    /// <exception cref="ProviderException">AWS refuses the call, or does not answer.</exception>
    public async Task<IReadOnlyList<AutoScalingGroup>> ListAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var groups = new List<AutoScalingGroup>();
        string? nextToken = null;
        do
        {
            var page = await DescribeAsync(account, new() { Tag = (Tags.Cluster, cluster.Id), MaxRecords = PageSize, NextToken = nextToken }, cancellationToken);
            groups.AddRange(page.AutoScalingGroups.Select(GroupRequests.Map));
            nextToken = page.NextToken;
        }
        while (!string.IsNullOrEmpty(nextToken));
        return groups;
    }

    /// <summary>Looks at one group; null if there is none with that name.</summary>
    /// <exception cref="ProviderException">AWS refuses the call, or does not answer.</exception>
    public async Task<AutoScalingGroup?> ReadAsync(AwsAccount account, string name, CancellationToken cancellationToken) =>
        (await DescribeAsync(account, new() { AutoScalingGroupNames = [name] }, cancellationToken)).AutoScalingGroups.Select(GroupRequests.Map).FirstOrDefault();

    /// <summary>Deletes a group with its hooks and its machines; one that does not exist is a success.</summary>
    /// <exception cref="ProviderException">AWS refuses the call, or does not answer.</exception>
    public async Task DeleteAsync(AwsAccount account, string name, CancellationToken cancellationToken)
    {
        try
        {
            await clients.AutoScaling(account).DeleteAutoScalingGroupAsync(new() { AutoScalingGroupName = name, ForceDelete = true }, cancellationToken);
        }
        catch (AwsException e) when (e.IsGroupNotFound)
        {
            // Deleted before.
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DeleteAutoScalingGroup");
        }
    }

    private async Task<DescribeAutoScalingGroupsResponse> DescribeAsync(AwsAccount account, DescribeAutoScalingGroupsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await clients.AutoScaling(account).DescribeAutoScalingGroupsAsync(request, cancellationToken);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeAutoScalingGroups");
        }
    }
}
