using Operator.Aws;
using Operator.Aws.Fleets;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Reservations;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Finds free slots in the capacity reservations of pools, and gives none twice.</summary>
internal sealed class ReservedCapacity(
    CapacityReservationProvider reservations,
    InstanceTypeProvider instanceTypes,
    SubnetProvider subnets,
    SecurityGroupProvider securityGroups,
    UnavailableOfferings unavailable,
    IStore<V1Alpha1RunnerLease> leases)
{
    /// <summary>EC2 needs some seconds to count a machine that it has just launched.</summary>
    private static readonly TimeSpan CountedAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();

    // Reservations of leases whose intent is being stored, by the lease's UID: as many as there are workers, for as long as one write takes.
    private readonly Dictionary<string, string> _taking = new(StringComparer.Ordinal);

    /// <summary>A free slot for a lease; null when there is none. Dispose it once the lease's intent is in the store, or will not be.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="launch">How its pool launches.</param>
    /// <param name="selectors">Which reservations.</param>
    /// <param name="need">What it needs.</param>
    /// <param name="use">What is to run there; its zones are filled in.</param>
    /// <param name="now">Now.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="ProviderException">AWS did not answer.</exception>
    public async Task<TakenSlot?> TakeAsync(
        V1Alpha1RunnerLease lease, LaunchSpec launch, IReadOnlyList<ReservationSelector> selectors, LaunchNeed need, ReservationUse use, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var account = need.Account;
        var list = await reservations.ListAsync(account, cancellationToken);
        var catalogue = await instanceTypes.ListAsync(account, cancellationToken);
        var network = await UsableSubnetsAsync(need, cancellationToken);
        use = use with { Zones = network.Select(subnet => subnet.Zone).ToHashSet(StringComparer.Ordinal) };
        var meant = list.Selected(selectors);
        CapacityReservation? chosen;
        lock (_lock)
        {
            chosen = ReservationPlanner.Choose(
                meant, catalogue, use, id => unavailable.WhyNotReservation(account.ToString(), id) is not null, id => InFlight(id, list.AsOf), now);
            if (chosen is null)
            {
                return null;
            }

            _taking[lease.Metadata.Uid!] = chosen.Id;
        }

        try
        {
            return new(await SlotOfAsync(chosen, launch, account, network, catalogue, cancellationToken), () => Leave(lease.Metadata.Uid!));
        }
        catch
        {
            Leave(lease.Metadata.Uid!);
            throw;
        }
    }

    /// <summary>The slot of an intent that was stored before; null when its reservation is not there any more.</summary>
    public async Task<ReservedSlot?> FindAsync(string reservationId, LaunchSpec launch, LaunchNeed need, CancellationToken cancellationToken)
    {
        var list = await reservations.ListAsync(need.Account, cancellationToken);
        var catalogue = await instanceTypes.ListAsync(need.Account, cancellationToken);
        var network = await UsableSubnetsAsync(need, cancellationToken);
        return list.All.FirstOrDefault(reservation => reservation.Id == reservationId) is { } known && network.Any(subnet => subnet.Zone == known.Zone)
            ? await SlotOfAsync(known, launch, need.Account, network, catalogue, cancellationToken)
            : null;
    }

    /// <summary>What is wrong with the reservations that a pool names; null if nothing is.</summary>
    /// <param name="account">Where the pool launches.</param>
    /// <param name="selectors">What it names.</param>
    /// <param name="use">What is to run there.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<SpecProblem?> ProblemOfAsync(
        AwsAccount account, IReadOnlyList<ReservationSelector> selectors, ReservationUse use, CancellationToken cancellationToken)
    {
        if (selectors.Count == 0)
        {
            return null;
        }

        try
        {
            var list = await reservations.ListAsync(account, cancellationToken);
            if (selectors.FirstOrDefault(selector => !list.All.Any(selector.Selects)) is { } missing)
            {
                return new(
                    RunnerPoolReasons.ReservationNotFound,
                    $"spec.purchasing.capacityReservations: the account has no capacity reservation {missing} in {reservations.RegionOf(account)}; "
                    + "correct it, have its owner share it (AWS RAM), or set launch.region and launch.assumeRoleArn to where it is");
            }

            var catalogue = await instanceTypes.ListAsync(account, cancellationToken);
            var meant = list.Selected(selectors);
            if (meant.Select(reservation => ReservationPlanner.ProblemOf(reservation, catalogue, use)).OfType<string>().FirstOrDefault() is { } problem)
            {
                return new(RunnerPoolReasons.ReservationUnusable, $"spec.purchasing.capacityReservations: {problem}");
            }

            return meant.Select(reservation => unavailable.WhyNotReservation(account.ToString(), reservation.Id)).OfType<ProviderException>()
                .FirstOrDefault(why => why.Reason != RunnerLeaseReasons.InsufficientCapacity) is { } refusal ? new(refusal.Reason, refusal.Message) : null;
        }
        catch (ProviderException e)
        {
            return new(e.Reason, e.Message);
        }
    }

    private async Task<IReadOnlyList<Subnet>> UsableSubnetsAsync(LaunchNeed need, CancellationToken cancellationToken)
    {
        var network = await subnets.ResolveAsync(need.Account, need.Subnets, cancellationToken);
        return SubnetChoice.OnePerZone(network.Where(subnet => unavailable.WhyNotSubnet(need.Account.ToString(), subnet.Id) is null));
    }

    private async Task<ReservedSlot> SlotOfAsync(
        CapacityReservation reservation, LaunchSpec launch, AwsAccount account, IReadOnlyList<Subnet> network, IReadOnlyList<InstanceTypeInfo> catalogue,
        CancellationToken cancellationToken)
    {
        var subnet = network.First(subnet => subnet.Zone == reservation.Zone);
        return new(reservation.Id, reservation.InstanceType, reservation.Zone, subnet.Id)
        {
            Architecture = catalogue.FirstOrDefault(type => type.Name == reservation.InstanceType) is { Architectures: [var architecture, ..] } ? architecture : null,
            IsInBlock = reservation.IsBlock,
            BlockEndsAt = reservation.IsBlock ? reservation.EndsAt : null,
            Interface = launch.AssociatePublicIpAddress is { } isPublic
                ? new(isPublic, [.. (await securityGroups.ResolveAsync(account, PoolQueries.SecurityGroupsOf(launch), subnet.VpcId, cancellationToken)).Select(group => group.Id)])
                : null,
        };
    }

    // What EC2 had not counted when it was asked: requests under way, machines that came since, and leases that are about to ask.
    private int InFlight(string reservationId, DateTimeOffset asOf)
    {
        var requested = leases.ByIndex(LeaseIndexes.Reservation, reservationId)
            .Where(lease => lease.Status is { Launch: { IntentId: not null } launch } status && (status.Instance is null || launch.At > asOf - CountedAfter))
            .Select(lease => lease.Metadata.Uid!).ToHashSet(StringComparer.Ordinal);
        return requested.Count + _taking.Count(taking => taking.Value == reservationId && !requested.Contains(taking.Key));
    }

    private void Leave(string uid)
    {
        lock (_lock)
        {
            _taking.Remove(uid);
        }
    }
}

/// <summary>A slot that nobody else is given until the intent to use it is stored.</summary>
/// <param name="slot">The slot.</param>
/// <param name="leave">Gives it up, unless an intent says that it is used.</param>
internal sealed class TakenSlot(ReservedSlot slot, Action leave) : IDisposable
{
    public ReservedSlot Slot => slot;

    public void Dispose() => leave();
}
