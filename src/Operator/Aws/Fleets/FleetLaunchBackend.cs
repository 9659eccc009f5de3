using Operator.Aws.Clients;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>
/// Launches with <c>CreateFleet</c> of type <c>instant</c>: one call over many types and zones; partial results are used.
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

    // The process that sent it is gone. Anything may have changed since: the spec, exhausted offerings, free addresses.
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
            throw AwsFailures.Translate(e, "CreateFleet");
        }
    }
}

/// <summary>An unanswered request.</summary>
/// <param name="Order">The request.</param>
/// <param name="Offered">Its types and subnets.</param>
internal sealed record UnansweredLaunch(LaunchRequest Order, IReadOnlyList<Offering> Offered);
