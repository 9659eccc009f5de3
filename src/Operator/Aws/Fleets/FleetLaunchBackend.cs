using Operator.Aws.Clients;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>Launches by <c>CreateFleet</c> of type <c>instant</c>: one call, many types and zones, partial answers used.</summary>
internal sealed class FleetLaunchBackend(
    IAwsClientFactory clients,
    OfferingProvider offerings,
    LaunchLessons lessons,
    LaunchLimiter limiter,
    ClusterIdentity cluster,
    TimeProvider timeProvider) : ILaunchBackend
{
    public Task WaitForTurnAsync(AwsAccount account, CancellationToken cancellationToken) => limiter.WaitAsync(account, cancellationToken);

    public async Task<LaunchResult> LaunchAsync(LaunchOrder order, CancellationToken cancellationToken)
    {
        var need = order.Need;
        var (offered, nothing) = await offerings.OfferAsync(need, cancellationToken);
        if (nothing is not null)
        {
            return new([], nothing) { IsConclusive = false };
        }

        try
        {
            var answer = await clients.Ec2(need.Account).CreateFleetAsync(FleetRequests.Create(order, offered, cluster.Id), cancellationToken);
            var refusals = FleetRequests.RefusalsOf(answer);
            lessons.Learn(need, offered, refusals);
            var launched = FleetRequests.InstancesOf(answer, order, offered, timeProvider.GetUtcNow());
            return new(launched, launched.Count < order.Count ? LaunchFailures.Of(need, refusals.Select(refusal => refusal.Error)) : null);
        }
        catch (AwsException e) when (e.IsIdempotentParameterMismatch)
        {
            throw new LaunchTokenUsedException(order.IntentId);
        }
        catch (AwsException e) when (!e.IsOutcomeUnknown || e.IsInsufficientCapacity)
        {
            lessons.Learn(need, offered, [new(e)]);
            return new([], LaunchFailures.Of(need, e)) { IsConclusive = !e.IsThrottled && !e.IsUnauthorized };
        }
        catch (AwsException e)
        {
            // Perhaps it launched: the intent stays on record, and the next pass finds out.
            throw AwsFailures.Of(e, "CreateFleet");
        }
    }
}
