using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Instances;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Instances;

public sealed class SpotRequestsTests
{
    private readonly FakeEc2 _ec2 = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly SpotRequests _requests;

    public SpotRequestsTests() => _requests = new(_ec2, _clock);

    [Fact]
    public async Task Find_AsksForInstancesByState_InBatchesThatEc2Takes()
    {
        _ec2.Interrupted.Add("i-7");
        _ec2.Interrupted.Add("i-350");

        var found = await FindAsync([.. Enumerable.Range(0, 401).Select(number => $"i-{number}")]);

        Assert.Equal(["i-350", "i-7"], found.Order(StringComparer.Ordinal));
        var asked = _ec2.Requests.OfType<DescribeSpotInstanceRequestsRequest>().ToList();
        Assert.Equal([200, 200, 1], asked.Select(request => request.Filters.Single(filter => filter.Name == "instance-id").Values.Count));
        Assert.All(asked, request => Assert.Contains("instance-terminated-no-capacity", request.Filters.Single(filter => filter.Name == "status-code").Values));
    }

    [Fact]
    public async Task Find_NoSpotInstances_AsksNobody()
    {
        Assert.Empty(await FindAsync());

        Assert.Empty(_ec2.Requests);
    }

    // Machines report it too: the listing continues without this.
    [Fact]
    public async Task Find_RightIsMissing_IsAskedAgainInTenMinutes()
    {
        _ec2.SpotRequestsRefusal = new AwsException("EC2", "UnauthorizedOperation", "not authorized");
        Assert.Empty(await FindAsync("i-1"));
        Assert.Empty(await FindAsync("i-1"));
        Assert.Single(_ec2.Requests);

        (_ec2.SpotRequestsRefusal, _) = (null, _ec2.Interrupted.Add("i-1"));
        _clock.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal(["i-1"], await FindAsync("i-1"));
    }

    [Fact]
    public async Task Find_Throttled_IsAskedAgainNextTime()
    {
        _ec2.SpotRequestsRefusal = new AwsException("EC2", "RequestLimitExceeded", "slow down");
        Assert.Empty(await FindAsync("i-1"));

        (_ec2.SpotRequestsRefusal, _) = (null, _ec2.Interrupted.Add("i-1"));

        Assert.Equal(["i-1"], await FindAsync("i-1"));
    }

    private Task<IReadOnlySet<string>> FindAsync(params IReadOnlyCollection<string> instances) =>
        _requests.FindInterruptedAsync(AwsAccount.Default, instances, CancellationToken.None);
}
