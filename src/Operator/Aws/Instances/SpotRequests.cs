using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Instances;

/// <summary>
/// Finds interruptions in spot requests: for machines that cannot report them, and as EC2's confirmation for those that can.
/// </summary>
internal sealed class SpotRequests(IAwsClientFactory clients, TimeProvider timeProvider)
{
    /// <summary>EC2 takes at most 200 values in a filter.</summary>
    private const int FilterValues = 200;

    /// <summary>Pause after a missing permission.</summary>
    private static readonly TimeSpan Denied = TimeSpan.FromMinutes(10);

    // For a one-time request, the first of these is the notice: the instance runs for two more minutes.
    private static readonly List<string> Codes =
        ["instance-terminated-no-capacity", "instance-terminated-by-price", "marked-for-termination", "marked-for-stop"];

    private readonly ExpiringMap<AwsAccount, bool> _denied = new(Denied, timeProvider);

    /// <summary>
    /// The instances that EC2 has announced to interrupt; empty if EC2 cannot be queried, because machines report notices too.
    /// </summary>
    /// <param name="account">The account.</param>
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
