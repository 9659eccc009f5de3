using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Instances;

/// <summary>What spot requests say of interruptions: for machines that cannot tell themselves, and as EC2's own word where they can.</summary>
internal sealed class SpotRequests(IAwsClientFactory clients, TimeProvider timeProvider)
{
    /// <summary>EC2 takes at most 200 values in a filter.</summary>
    private const int FilterValues = 200;

    /// <summary>What is refused for lack of a right is not asked again before.</summary>
    private static readonly TimeSpan Denied = TimeSpan.FromMinutes(10);

    // Of a one-time request the first of these is the notice: the instance runs for two more minutes.
    private static readonly List<string> Codes =
        ["instance-terminated-no-capacity", "instance-terminated-by-price", "marked-for-termination", "marked-for-stop"];

    private readonly ExpiringMap<AwsAccount, bool> _denied = new(Denied, timeProvider);

    /// <summary>The instances among some that EC2 has announced to take back; none where it cannot be asked, since machines tell, too.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="instances">Running spot instances.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<IReadOnlySet<string>> FindInterruptedAsync(AwsAccount account, IReadOnlyCollection<string> instances, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (instances.Count == 0 || _denied.Contains(account))
        {
            return found;
        }

        try
        {
            foreach (var ids in instances.Chunk(FilterValues))
            {
                var answer = await clients.Ec2(account).DescribeSpotInstanceRequestsAsync(
                    new()
                    {
                        Filters = [new Filter { Name = "instance-id", Values = [.. ids] }, new Filter { Name = "status-code", Values = Codes }],
                    },
                    cancellationToken);
                found.UnionWith(answer.SpotInstanceRequests.Select(request => request.InstanceId).OfType<string>());
            }
        }
        catch (AwsException e)
        {
            if (e.IsUnauthorized)
            {
                _denied.Set(account, true);
            }
        }

        return found;
    }
}
