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
    private readonly UnansweredLaunches _unanswered = new(timeProvider);

    public Task WaitForTurnAsync(AwsAccount account, CancellationToken cancellationToken) => limiter.WaitAsync(account, cancellationToken);

    public async Task<LaunchResult> LaunchAsync(LaunchOrder order, CancellationToken cancellationToken)
    {
        if (_unanswered.Find(order.IntentId) is { } asked)
        {
            return await LaunchAsync(asked.Order, asked.Offered, cancellationToken);
        }

        var (offered, nothing) = await offerings.OfferAsync(order.Need, cancellationToken);
        return nothing is null ? await LaunchAsync(order, offered, cancellationToken) : new([], nothing) { IsConclusive = false };
    }

    private async Task<LaunchResult> LaunchAsync(LaunchOrder order, IReadOnlyList<Offering> offered, CancellationToken cancellationToken)
    {
        var need = order.Need;
        try
        {
            var answer = await clients.Ec2(need.Account).CreateFleetAsync(FleetRequests.Create(order, offered, cluster.Id), cancellationToken);
            _unanswered.Forget(order.IntentId);
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
            var isConclusive = !e.IsThrottled && !e.IsUnauthorized;
            if (isConclusive)
            {
                _unanswered.Forget(order.IntentId);
            }

            return new([], LaunchFailures.Of(need, e)) { IsConclusive = isConclusive };
        }
        catch (AwsException e)
        {
            // Perhaps it launched: the intent stays on record, and the next pass asks for the very same again.
            _unanswered.Remember(order, offered);
            throw AwsFailures.Of(e, "CreateFleet");
        }
    }
}
