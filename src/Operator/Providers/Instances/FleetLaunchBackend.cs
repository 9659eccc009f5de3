using Operator.Clients.Aws;
using Operator.Clients.Ec2;
using Operator.Providers.LaunchTemplates;
using Operator.Providers.Offerings;

namespace Operator.Providers.Instances;

/// <summary>Launches by <c>CreateFleet</c> of type <c>instant</c>: one call, many types and zones, partial answers used.</summary>
internal sealed class FleetLaunchBackend(
    IAwsClientFactory clients,
    OfferingProvider offerings,
    ILaunchTemplateProvider templates,
    LaunchLimiter limiter,
    ClusterIdentity cluster,
    TimeProvider timeProvider) : ILaunchBackend
{
    public async Task<LaunchResult> LaunchAsync(LaunchOrder order, CancellationToken cancellationToken)
    {
        var need = order.Need;
        var offered = await offerings.OfferAsync(need, cancellationToken);
        if (offered.Count == 0)
        {
            return new([], LaunchFailures.NothingToOffer(need));
        }

        await limiter.WaitAsync(need.Account, cancellationToken);
        try
        {
            var answer = await clients.Ec2(need.Account).CreateFleetAsync(FleetRequests.Create(order, offered, cluster.Id), cancellationToken);
            offerings.Remember(need, offered, answer.Errors);
            ForgetTemplate(need, answer.Errors.Any(error => Ec2Errors.IsLaunchTemplateNotFound(error.ErrorCode)));
            var launched = FleetRequests.InstancesOf(answer, order, offered, timeProvider.GetUtcNow());
            return new(launched, launched.Count < order.Count ? LaunchFailures.Of(need, answer.Errors) : null);
        }
        catch (AwsException e) when (e.IsIdempotentParameterMismatch)
        {
            throw new LaunchTokenUsedException(order.IntentId);
        }
        catch (AwsException e) when (!e.IsOutcomeUnknown)
        {
            ForgetTemplate(need, e.IsLaunchTemplateNotFound);
            return new([], LaunchFailures.Of(need, e));
        }
        catch (AwsException e)
        {
            // Perhaps it launched: the intent stays on record, and the next pass finds out.
            throw AwsFailures.Of(e, "CreateFleet");
        }
    }

    // Somebody has deleted it: the pool's next pass makes it again.
    private void ForgetTemplate(LaunchNeed need, bool isGone)
    {
        if (isGone)
        {
            templates.Forget(need.Template.Id);
        }
    }
}
