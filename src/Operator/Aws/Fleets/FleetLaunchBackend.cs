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
    /// <summary>Longer than anybody repeats a request.</summary>
    private static readonly TimeSpan RepeatedFor = TimeSpan.FromMinutes(15);

    // Requests that EC2 has not answered, as they were sent: a client token counts for the same content only, and what a pool wants or EC2 offers may
    // have changed since.
    private readonly ExpiringMap<string, UnansweredLaunch> _unanswered = new(RepeatedFor, timeProvider, StringComparer.Ordinal);

    public Task WaitForTurnAsync(AwsAccount account, CancellationToken cancellationToken) => limiter.WaitAsync(account, cancellationToken);

    public async Task<PreparedLaunch> PrepareAsync(LaunchNeed need, CancellationToken cancellationToken)
    {
        var (offered, nothing) = await offerings.OfferAsync(need, cancellationToken);
        return nothing is null ? new(offered, FleetRequests.HashOf(need, offered, cluster.Id)) : throw nothing;
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
        var (offered, nothing) = await offerings.OfferAsync(order.Need, cancellationToken);
        return nothing is null && FleetRequests.HashOf(order.Need, offered, cluster.Id) == requestHash
            ? new(order, offered)
            : throw new LaunchOutcomeUnknownException(order.IntentId);
    }

    private async Task<LaunchResult> SendAsync(UnansweredLaunch request, bool isRepeat, CancellationToken cancellationToken)
    {
        var (order, offered) = request;
        var need = order.Need;
        try
        {
            var answer = await clients.Ec2(need.Account).CreateFleetAsync(FleetRequests.Create(order, offered, cluster.Id), cancellationToken);
            _unanswered.Remove(order.IntentId);
            var refusals = FleetRequests.RefusalsOf(answer);
            lessons.Learn(need, offered, refusals);
            var launched = FleetRequests.InstancesOf(answer, order, offered, timeProvider.GetUtcNow());
            lessons.Learn(launched);
            return new(launched, launched.Count < order.Count ? LaunchFailures.Translate(need, refusals) : null);
        }
        catch (AwsException e) when (e.IsIdempotentParameterMismatch)
        {
            throw new LaunchOutcomeUnknownException(order.IntentId);
        }
        catch (AwsException e) when (!e.IsOutcomeUnknown || e.IsInsufficientCapacity)
        {
            // EC2 checks rights, rates, limits and names before it looks at the token: of an earlier request only the token's own errors tell.
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
            // Perhaps it launched: the intent stays on record, and the next pass asks for the very same again.
            _unanswered.TryAdd(order.IntentId, request);
            throw AwsFailures.Translate(e, "CreateFleet");
        }
    }
}

/// <summary>A request without an answer.</summary>
/// <param name="Order">What was asked for.</param>
/// <param name="Offered">The types and subnets that it named.</param>
internal sealed record UnansweredLaunch(LaunchRequest Order, IReadOnlyList<Offering> Offered);
