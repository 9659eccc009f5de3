using Operator.Aws.Offerings;

namespace Operator.Aws.Reservations;

/// <summary>An On-Demand Capacity Reservation or a capacity block, as EC2 describes it.</summary>
/// <param name="Id">Its id, such as <c>cr-0123456789abcdef0</c>.</param>
/// <param name="InstanceType">The only type that it is for.</param>
/// <param name="Zone">The only zone that it is in.</param>
/// <param name="State">EC2's word; machines are launched in <c>active</c> ones.</param>
/// <param name="Available">Slots that were free when EC2 was asked.</param>
/// <param name="Total">Slots in all.</param>
internal sealed record CapacityReservation(string Id, string InstanceType, string Zone, string State, int Available, int Total)
{
    /// <summary>The operating system that it is for, in the words of an image's platform details.</summary>
    public string Platform { get; init; } = Platforms.Linux;

    /// <summary><c>default</c> or <c>dedicated</c>.</summary>
    public string Tenancy { get; init; } = "default";

    /// <summary>The placement group that it was made in; null for none.</summary>
    public string? PlacementGroup { get; init; }

    /// <summary>Whether it is on hardware outside of the region.</summary>
    public bool IsOnOutpost { get; init; }

    /// <summary>Whether its owner may take its machines back at any time.</summary>
    public bool IsInterruptible { get; init; }

    /// <summary>Whether it is a capacity block: its machines end with it. Those of other reservations go on, at the on-demand price.</summary>
    public bool IsBlock { get; init; }

    /// <summary>When it ends; null for when somebody cancels it.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it can be used now.</summary>
    public bool IsActive => State == "active";

    /// <summary>Whether it will be of no use any more.</summary>
    public bool HasEnded => State is "expired" or "cancelled" or "failed" or "payment-failed" or "unsupported" or "unavailable";
}

/// <summary>The reservations of an account.</summary>
/// <param name="AsOf">When EC2 was asked.</param>
/// <param name="All">Its own, and those that are shared with it.</param>
internal sealed record ReservationList(DateTimeOffset AsOf, IReadOnlyList<CapacityReservation> All)
{
    /// <summary>Those that any of some selectors means.</summary>
    public List<CapacityReservation> Selected(IReadOnlyList<ReservationSelector> selectors) =>
        [.. All.Where(reservation => selectors.Any(selector => selector.Selects(reservation)))];
}

/// <summary>Names one reservation by its id, or several by their tags.</summary>
/// <param name="Id">The id; null where tags are given.</param>
/// <param name="Tags">What each must have; a value of <c>*</c> fits any.</param>
internal sealed record ReservationSelector(string? Id, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Whether a reservation is meant. By tags, those that have ended are not.</summary>
    public bool Selects(CapacityReservation reservation) => Id is not null
        ? reservation.Id == Id
        : !reservation.HasEnded && Tags.All(tag => reservation.Tags.TryGetValue(tag.Key, out var value) && (tag.Value == "*" || tag.Value == value));

    public override string ToString() =>
        Id ?? $"tags [{string.Join(", ", Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"))}]";
}

/// <summary>What is to run in a reservation.</summary>
/// <param name="Needs">Which machines will do.</param>
/// <param name="Platform">The image's platform details.</param>
/// <param name="Tenancy"><c>default</c>, <c>dedicated</c> or <c>host</c>.</param>
/// <param name="PlacementGroup">The placement group of the machines; null for none.</param>
/// <param name="Zones">The zones of the subnets.</param>
internal sealed record ReservationUse(MachineNeeds Needs, string Platform, string Tenancy, string? PlacementGroup, IReadOnlySet<string> Zones)
{
    /// <summary>How long a machine takes to boot at most.</summary>
    public TimeSpan Boot { get; init; }

    /// <summary>Whether a type that the needs do not allow is a mistake: jobs may ask for other machines than their pool's class.</summary>
    public bool IsWholeNeed { get; init; } = true;

    /// <summary>How long its job takes at most.</summary>
    public TimeSpan Runtime { get; init; }
}

/// <summary>A place in a reservation for one machine.</summary>
/// <param name="ReservationId">The reservation.</param>
/// <param name="InstanceType">Its type.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="SubnetId">The subnet to launch into.</param>
internal sealed record ReservedSlot(string ReservationId, string InstanceType, string Zone, string SubnetId)
{
    /// <summary>The architecture of its type, <c>amd64</c> or <c>arm64</c>; null where the type is not known.</summary>
    public string? Architecture { get; init; }

    /// <summary>Whether it is in a capacity block, which is another market.</summary>
    public bool IsInBlock { get; init; }

    /// <summary>When that block ends; null of other reservations.</summary>
    public DateTimeOffset? BlockEndsAt { get; init; }

    /// <summary>The network interface, where the launch template describes one: RunInstances takes no subnet beside it.</summary>
    public ReservedInterface? Interface { get; init; }
}

/// <summary>The network interface of a machine whose launch template describes one.</summary>
/// <param name="AssociatePublicIpAddress">Whether it gets a public IPv4 address.</param>
/// <param name="SecurityGroupIds">Its security groups.</param>
internal sealed record ReservedInterface(bool AssociatePublicIpAddress, IReadOnlyList<string> SecurityGroupIds);
