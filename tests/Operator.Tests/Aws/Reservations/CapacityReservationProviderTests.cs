using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Reservations;
using Operator.Common;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Reservations;

public sealed class CapacityReservationProviderTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly FakeEc2 _ec2 = new() { PageSize = 2 };
    private readonly CapacityReservationProvider _provider;

    public CapacityReservationProviderTests() => _provider = new(_ec2, _clock);

    [Fact]
    public async Task List_ManyPages_AreReadToTheEnd_OnceInHalfAMinute()
    {
        _ec2.Reservations.AddRange(Enumerable.Range(0, 5).Select(number => new Amazon.EC2.Model.CapacityReservation { CapacityReservationId = $"cr-{number}" }));

        Assert.Equal(["cr-0", "cr-1", "cr-2", "cr-3", "cr-4"], (await ListAsync()).All.Select(reservation => reservation.Id));
        await ListAsync();
        Assert.Equal(3, _ec2.Requests.Count);
        Assert.All(_ec2.Requests.Cast<DescribeCapacityReservationsRequest>(), request => Assert.Equal(1000, request.MaxResults)); // without, EC2 takes it from a smaller bucket

        _clock.Advance(CacheDurations.Reservations);
        Assert.Equal(_clock.GetUtcNow(), (await ListAsync()).AsOf);
        Assert.Equal(6, _ec2.Requests.Count);
    }

    [Fact]
    public async Task List_Row_IsReadWhole()
    {
        var (end, group) = (new DateTime(2026, 5, 1, 11, 30, 0, DateTimeKind.Utc), "fast");
        _ec2.Reservations.Add(new()
        {
            CapacityReservationId = "cr-1",
            InstanceType = "p5.48xlarge",
            AvailabilityZone = "a",
            InstancePlatform = "Red Hat Enterprise Linux",
            Tenancy = "dedicated",
            State = "active",
            TotalInstanceCount = 4,
            AvailableInstanceCount = 3,
            ReservationType = "capacity-block",
            EndDate = end,
            PlacementGroupArn = $"arn:aws:ec2:eu-central-1:123456789012:placement-group/{group}",
            OutpostArn = "arn:aws:outposts:eu-central-1:123456789012:outpost/op-0123456789abcdef0",
            Interruptible = true,
            Tags = [new("team", "ci")],
        });

        var read = Assert.Single((await ListAsync()).All);

        Assert.Equal(("cr-1", "p5.48xlarge", "a", "active", 3, 4), (read.Id, read.InstanceType, read.Zone, read.State, read.Available, read.Total));
        Assert.Equal(("Red Hat Enterprise Linux", "dedicated", "fast"), (read.Platform, read.Tenancy, read.PlacementGroup));
        Assert.True(read is { IsBlock: true, IsOnOutpost: true, IsInterruptible: true });
        Assert.Equal(new DateTimeOffset(end), read.EndsAt);
        Assert.Equal("ci", read.Tags["team"]);
    }

    [Fact]
    public async Task List_Refused_SaysWhichCall_AndAsksAgainAfterHalfAMinute()
    {
        _ec2.Failure = new AwsException("EC2", "UnauthorizedOperation", "no");
        var refusal = await Assert.ThrowsAsync<ProviderException>(ListAsync);
        Assert.Equal("AccessDenied", refusal.Reason);
        Assert.Contains("DescribeCapacityReservations", refusal.Message, StringComparison.Ordinal);

        _ec2.Failure = null;
        Assert.Equal("AccessDenied", (await Assert.ThrowsAsync<ProviderException>(ListAsync)).Reason);
        Assert.Single(_ec2.Requests);
        _clock.Advance(CacheDurations.Reservations + TimeSpan.FromSeconds(1));
        Assert.Empty((await ListAsync()).All);
    }

    private Task<ReservationList> ListAsync() => _provider.ListAsync(AwsAccount.Default, CancellationToken.None);
}
