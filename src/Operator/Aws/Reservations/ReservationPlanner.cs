using Operator.Aws.Offerings;

namespace Operator.Aws.Reservations;

/// <summary>Chooses a reservation for a machine, and says why one cannot be used. Pure.</summary>
internal static class ReservationPlanner
{
    /// <summary>EC2 begins to terminate the machines of a capacity block so long before it ends (EC2 user guide, "Capacity Blocks").</summary>
    private static readonly TimeSpan Eviction = TimeSpan.FromMinutes(30);

    /// <summary>What a machine without a job takes to go.</summary>
    private static readonly TimeSpan Departure = TimeSpan.FromMinutes(5);

    /// <summary>The last moment at which a job may begin in a capacity block: one that takes as long as it may still ends before its machine.</summary>
    /// <param name="blockEndsAt">When the block ends.</param>
    /// <param name="runtime">How long a job takes at most.</param>
    public static DateTimeOffset LastStart(DateTimeOffset blockEndsAt, TimeSpan runtime) => blockEndsAt - Eviction - Departure - runtime;

    /// <summary>
    /// The reservation to launch a machine in; null when none has a free slot that fits. All cost the same, nothing: the smallest type that will do comes first, so that larger ones
    /// stay free for what needs them; of equals the one with most free slots, which is least likely to be full when the request arrives.
    /// </summary>
    /// <param name="reservations">Those that are meant.</param>
    /// <param name="catalogue">The instance types of the region.</param>
    /// <param name="use">What is to run there.</param>
    /// <param name="isSetAside">Whether EC2 refused one moments ago.</param>
    /// <param name="inFlight">How many of a reservation's slots are taken without EC2 having counted them yet.</param>
    /// <param name="now">Now.</param>
    public static CapacityReservation? Choose(
        IEnumerable<CapacityReservation> reservations,
        IReadOnlyList<InstanceTypeInfo> catalogue,
        ReservationUse use,
        Func<string, bool> isSetAside,
        Func<string, int> inFlight,
        DateTimeOffset now) => (
            from reservation in reservations
            where reservation.IsActive && !isSetAside(reservation.Id) && ProblemOf(reservation, catalogue, use) is null && LastsFor(reservation, use, now)
            let type = catalogue.First(type => type.Name == reservation.InstanceType)
            let free = reservation.Available - inFlight(reservation.Id)
            where free > 0
            orderby type.VCpus, type.MemoryMiB, free descending, reservation.Id
            select reservation).FirstOrDefault();

    /// <summary>Why a reservation is of no use for a pool, and what to do, for people; null if it is, or will be.</summary>
    public static string? ProblemOf(CapacityReservation reservation, IReadOnlyList<InstanceTypeInfo> catalogue, ReservationUse use)
    {
        var id = reservation.Id;
        return reservation.HasEnded ? $"{id} is {reservation.State}: name another, or remove it"
            : reservation.IsInterruptible ? $"{id} is interruptible, which is not supported: name another"
            : reservation.IsOnOutpost ? $"{id} is on an Outpost: name one of the region"
            : use.Tenancy == "host" ? $"{id}: machines on dedicated hosts cannot use reservations; remove it, or set launch.placement.tenancy to another value"
            : reservation.Platform != use.Platform ? $"{id} is for {reservation.Platform} and the pool's image is {use.Platform}: make one for {use.Platform}, or name another image"
            : reservation.Tenancy != use.Tenancy ? $"{id} has the tenancy {reservation.Tenancy} and the pool {use.Tenancy}: make them equal (launch.placement.tenancy)"
            : reservation.PlacementGroup != use.PlacementGroup
                ? $"{id} is in {GroupOf(reservation.PlacementGroup)} and the pool in {GroupOf(use.PlacementGroup)}: make them equal (launch.placement.groupName)"
            : !use.Zones.Contains(reservation.Zone) ? $"{id} is in {reservation.Zone}, where the pool has no subnet: add one to launch.subnets"
            : use.IsWholeNeed && !catalogue.Any(type => type.Name == reservation.InstanceType && TypeFilters.Pass(type, use.Needs))
                ? $"{id} is of {reservation.InstanceType}, which the pool's class does not allow: {TypeFilters.WhatRemovesTheLast(catalogue.Where(type => type.Name == reservation.InstanceType), use.Needs)}"
            : null;
    }

    private static string GroupOf(string? placementGroup) => placementGroup is null ? "no placement group" : $"the placement group {placementGroup}";

    private static bool LastsFor(CapacityReservation reservation, ReservationUse use, DateTimeOffset now) =>
        reservation is not { IsBlock: true, EndsAt: { } end } || now + use.Boot <= LastStart(end, use.Runtime);
}
