using Operator.Aws.Clients;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>
/// Launches by <c>CreateFleet</c> of type <c>instant</c>: one call, many types and zones, partial answers used. What is for a capacity reservation, by <c>RunInstances</c>.
/// </summary>
internal sealed class FleetLaunchBackend(
    IAwsClientFactory clients,
    OfferingProvider offerings,
    LaunchLessons lessons,
    LaunchLimiter limiter,
    ClusterIdentity cluster,
    TimeProvider timeProvider) : ILaunchBackend
{
    /// <summary>Longer than any request is repeated.</summary>
    private static readonly TimeSpan RepeatedFor = TimeSpan.FromMinutes(15);

    // Unanswered requests exactly as sent: a client token only matches the same content, and the pool's needs or the offerings may have
    // changed since.
    private readonly ExpiringMap<string, UnansweredLaunch> _unanswered = new(RepeatedFor, timeProvider, StringComparer.Ordinal);

    public Task WaitForTurnAsync(LaunchNeed need, CancellationToken cancellationToken) =>
        limiter.WaitAsync(need.Account, isReserved: need.Slot is not null, cancellationToken);

    public async Task<PreparedLaunch> PrepareAsync(LaunchNeed need, CancellationToken cancellationToken)
    {
        var (offered, nothing) = await OfferAsync(need, cancellationToken);
        return nothing is null ? new(offered, HashOf(need, offered)) : throw nothing;
    }

    public Task<LaunchResult> LaunchAsync(LaunchRequest order, PreparedLaunch prepared, CancellationToken cancellationToken) =>
        SendAsync(new(order, prepared.Offered), isRepeat: false, cancellationToken);

    public async Task<LaunchResult> RepeatAsync(LaunchRequest order, string? requestHash, CancellationToken cancellationToken) =>
        await SendAsync(
            _unanswered.TryGet(order.IntentId, out var asked) ? asked : await RebuildAsync(order, requestHash, cancellationToken),
            isRepeat: true,
            cancellationToken);

    // Who sent it is no more. Anything may have changed since: the spec, what is exhausted, the free addresses.
    private async Task<UnansweredLaunch> RebuildAsync(LaunchRequest order, string? requestHash, CancellationToken cancellationToken)
    {
        var (offered, nothing) = await OfferAsync(order.Need, cancellationToken);
        return nothing is null && HashOf(order.Need, offered) == requestHash
            ? new(order, offered)
            : throw new LaunchOutcomeUnknownException(order.IntentId);
    }

    private async Task<Offers> OfferAsync(LaunchNeed need, CancellationToken cancellationToken) => need.Slot is { } slot
        ? new([new(slot.InstanceType, slot.Zone, slot.SubnetId, Price: 0)], Failure: null)
        : await offerings.OfferAsync(need, cancellationToken);

    private string HashOf(LaunchNeed need, IReadOnlyList<Offering> offered) =>
        need.Slot is { } slot ? ReservedRequests.HashOf(need, slot, cluster.Id) : FleetRequests.HashOf(need, offered, cluster.Id);

    private async Task<(IReadOnlyList<Instances.Instance> Launched, IReadOnlyList<FleetRefusal> Refusals)> CallAsync(
        LaunchRequest order, IReadOnlyList<Offering> offered, CancellationToken cancellationToken)
    {
        var ec2 = clients.Ec2(order.Need.Account);
        if (order.Need.Slot is { } slot)
        {
            var started = await ec2.RunInstancesAsync(ReservedRequests.Create(order, slot, cluster.Id), cancellationToken);
            return (ReservedRequests.InstancesOf(started, order, slot, timeProvider.GetUtcNow()), []);
        }

        var answer = await ec2.CreateFleetAsync(FleetRequests.Create(order, offered, cluster.Id), cancellationToken);
        return (FleetRequests.InstancesOf(answer, order, offered, timeProvider.GetUtcNow()), FleetRequests.RefusalsOf(answer));
    }

    private async Task<LaunchResult> SendAsync(UnansweredLaunch request, bool isRepeat, CancellationToken cancellationToken)
    {
        var (order, offered) = request;
        var need = order.Need;
        try
        {
            var (launched, refusals) = await CallAsync(order, offered, cancellationToken);
            _unanswered.Remove(order.IntentId);
            lessons.Learn(need, offered, refusals);
            lessons.Learn(launched);
            return new(launched, launched.Count < order.Count ? LaunchFailures.Translate(need, refusals) : null);
        }
        catch (AwsException e) when (e.IsIdempotentParameterMismatch)
        {
            throw new LaunchOutcomeUnknownException(order.IntentId);
        }
        catch (AwsException e) when (!e.IsOutcomeUnknown || e.IsInsufficientCapacity)
        {
            // EC2 checks permissions, rates, limits and names before the token: only the token's own errors say anything about an earlier
            // request.
            lessons.Learn(need, offered, [new(e)]);
            if (isRepeat && !e.IsTokenOfAnEndedInstance)
            {
                throw new LaunchOutcomeUnknownException(order.IntentId);
            }

            _unanswered.Remove(order.IntentId);
            return new([], LaunchFailures.Translate(need, e));
        }
        catch (AwsException e)
        {
            // It may have launched: the intent stays recorded, and the next pass repeats the identical request.
            _unanswered.TryAdd(order.IntentId, request);
            throw AwsFailures.Translate(e, need.CallName);
        }
    }
}

/// <summary>A request without an answer.</summary>
/// <param name="Order">What was asked for.</param>
/// <param name="Offered">The types and subnets that it named.</param>
internal sealed record UnansweredLaunch(LaunchRequest Order, IReadOnlyList<Offering> Offered);
