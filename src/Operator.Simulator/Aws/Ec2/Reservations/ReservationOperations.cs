using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Reservations;

/// <summary>DescribeCapacityReservations.</summary>
internal sealed class ReservationOperations(Ec2World world)
{
    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("availability-zone", "instance-platform", "instance-type", "owner-id", "state", "tenancy");
        var ids = request.Texts("CapacityReservationId");
        if (ids.FirstOrDefault(id => world.Reservations.Find(id) is null) is { } unknown)
        {
            throw new AwsException("InvalidCapacityReservationId.NotFound", $"The capacity reservation '{unknown}' does not exist");
        }

        var page = Page.Cut(
            request,
            world.Reservations.All.Where(reservation => ids.Count == 0 || ids.Contains(reservation.Id)).Where(reservation => filters.Match(name => ValuesOf(reservation, name))),
            (1, 1000),
            1000);
        xml.List("capacityReservationSet", page.Items, reservation => Write(reservation, xml));
        xml.Text("nextToken", page.NextToken);
    }

    private IEnumerable<string?>? ValuesOf(SimulatedReservation reservation, string name) => name switch
    {
        "availability-zone" => [reservation.Zone],
        "instance-platform" => [reservation.Platform],
        "instance-type" => [reservation.InstanceType],
        "owner-id" => [reservation.OwnerId ?? world.Options.AccountId],
        "state" => [reservation.StateAt(world.Now)],
        "tenancy" => [reservation.Tenancy],
        _ => Filters.OfTags(name, reservation.Tags),
    };

    private void Write(SimulatedReservation reservation, XmlAnswer xml)
    {
        var (owner, state) = (reservation.OwnerId ?? world.Options.AccountId, reservation.StateAt(world.Now));
        xml.Text("capacityReservationId", reservation.Id);
        xml.Text("ownerId", owner);
        xml.Text("capacityReservationArn", $"arn:aws:ec2:{world.Options.Region}:{owner}:capacity-reservation/{reservation.Id}");
        xml.Text("instanceType", reservation.InstanceType);
        xml.Text("instancePlatform", reservation.Platform);
        xml.Text("availabilityZone", reservation.Zone);
        xml.Text("tenancy", reservation.Tenancy);
        xml.Number("totalInstanceCount", reservation.Slots);
        xml.Number("availableInstanceCount", state == "active" ? world.Reservations.Available(reservation) : 0);
        xml.Flag("ebsOptimized", false);
        xml.Flag("ephemeralStorage", false);
        xml.Text("state", state);
        xml.Time("startDate", reservation.StartsAt);
        xml.Time("endDate", reservation.EndsAt);
        xml.Text("endDateType", reservation.EndsAt is null ? "unlimited" : "limited");
        xml.Text("instanceMatchCriteria", reservation.IsOpen ? "open" : "targeted");
        xml.Text("reservationType", reservation.IsBlock ? "capacity-block" : "default");
        if (reservation.Tags.Count > 0)
        {
            xml.Tags(reservation.Tags);
        }
    }
}
