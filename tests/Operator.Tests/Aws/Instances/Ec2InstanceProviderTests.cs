using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Common;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Instances;

/// <summary>What one listing proves of a machine, and what it does not.</summary>
public sealed class Ec2InstanceProviderTests
{
    private static readonly AwsAccount Account = AwsAccount.Default;

    private readonly ManualTimeProvider _clock = new();
    private readonly FakeEc2 _ec2 = new();
    private readonly Ec2InstanceProvider _provider;

    public Ec2InstanceProviderTests()
    {
        _provider = new(_ec2, new("cluster"), _clock);
        _ec2.OnDescribeInstances = request => request.Filters.Any(filter => filter.Name == "instance-id") ? _byId : _listed;
    }

    private List<Amazon.EC2.Model.Instance> _listed = [];
    private List<Amazon.EC2.Model.Instance> _byId = [];

    [Fact]
    public async Task Refresh_ListingLeavesAMachineOut_ThatIsThereByItsId_LivesOn()
    {
        await ListAsync(Of("i-1"));
        _byId = [Of("i-1")];

        var listing = await ListAsync();

        Assert.IsType<InstanceView.Live>(View("i-1"));
        Assert.DoesNotContain("i-1", listing.Changed);
        var asked = _ec2.Requests.Cast<DescribeInstancesRequest>().Last().Filters.Single();
        Assert.Equal(("instance-id", "i-1"), (asked.Name, asked.Values.Single()));
    }

    [Fact]
    public async Task Refresh_ListingLeavesAMachineOut_ThatHasEnded_SaysWhy()
    {
        await ListAsync(Of("i-1"));
        _byId = [Of("i-1", "terminated", "Server.SpotInstanceTermination")];

        var listing = await ListAsync();

        Assert.Equal("Server.SpotInstanceTermination", Assert.IsType<InstanceView.Gone>(View("i-1")).Reason);
        Assert.Contains("i-1", listing.Changed);
    }

    [Fact]
    public async Task Refresh_MachineIsNowhere_IsGone()
    {
        await ListAsync(Of("i-1"));

        await ListAsync();

        Assert.IsType<InstanceView.Gone>(View("i-1"));
    }

    [Fact]
    public async Task View_MachineNoListingHasShownYet_IsNotGoneBeforeItsTime()
    {
        var launched = _clock.GetUtcNow();
        await ListAsync();
        Assert.IsType<InstanceView.NotVisible>(_provider.View(Account, "i-9", launched));

        _clock.Advance(Inventory.VisibilityWindow);
        await ListAsync();

        Assert.IsType<InstanceView.Gone>(_provider.View(Account, "i-9", launched));
    }

    [Fact]
    public async Task Terminate_Accepted_IsGoneBeforeAnyListingSaysSo()
    {
        await ListAsync(Of("i-1"));

        await TerminateAsync("i-1");
        await ListAsync(Of("i-1"));

        Assert.IsType<InstanceView.Gone>(View("i-1"));
    }

    [Fact]
    public async Task Terminate_MachineEc2DoesNotKnow_CountsAsGone()
    {
        _ec2.UnknownInstances.Add("i-1");

        await TerminateAsync("i-1");

        Assert.IsType<InstanceView.Gone>(View("i-1"));
    }

    [Fact]
    public async Task Terminate_Refused_ChangesNothing()
    {
        await ListAsync(Of("i-1"));
        _ec2.ProtectedInstances.Add("i-1");

        await Assert.ThrowsAnyAsync<ProviderException>(() => TerminateAsync("i-1"));

        Assert.IsType<InstanceView.Live>(View("i-1"));
    }

    [Fact]
    public async Task FindByIntent_LooksForThisClustersMachinesOnly()
    {
        _listed = [Of("i-1")];

        Assert.Equal("i-1", Assert.Single(await _provider.FindByIntentAsync(Account, "intent", CancellationToken.None)).Id);
        Assert.Equal(
            [("tag:ec2runners.dev:cluster", "cluster"), ("tag:ec2runners.dev:intent", "intent")],
            _ec2.Requests.Cast<DescribeInstancesRequest>().Single().Filters.Select(filter => (filter.Name!, filter.Values.Single())));
    }

    private async Task TerminateAsync(string id)
    {
        var terminating = _provider.TerminateAsync(Account, id, CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(1)); // others may join it until then
        await terminating;
    }

    private InstanceView View(string id) => _provider.View(Account, id, _clock.GetUtcNow().AddHours(-1));

    private Task<InstanceListing> ListAsync(params Amazon.EC2.Model.Instance[] machines)
    {
        _listed = [.. machines];
        return _provider.RefreshAsync(Account, CancellationToken.None);
    }

    private static Amazon.EC2.Model.Instance Of(string id, string state = "running", string? reason = null) => new()
    {
        InstanceId = id,
        State = new() { Name = state },
        StateReason = reason is null ? null : new() { Code = reason },
    };
}
