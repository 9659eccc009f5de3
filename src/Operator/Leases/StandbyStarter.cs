using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Starts machines on standby.</summary>
internal sealed class StandbyStarter(IInstanceProvider instances, RunnerLeaseWriter writer)
{
    /// <summary>Starts a machine for a lease that has claimed it.</summary>
    /// <param name="account">Where it is.</param>
    /// <param name="candidate">The lease on standby.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it starts. Otherwise it stays stopped, and is left alone for some minutes.</returns>
    /// <exception cref="ProviderException">EC2 throttles, or whether it starts is not known: try again.</exception>
    public async Task<bool> StartAsync(AwsAccount account, V1Alpha1RunnerLease candidate, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await instances.StartAsync(account, candidate.Status!.Instance!.Id!, cancellationToken);
            return true;
        }
        catch (ProviderException e) when (e.Reason != AwsFailures.Throttled && !AwsFailures.IsOutcomeUnknown(e))
        {
            await writer.ChangeStatusAsync(candidate, current => WithFailure(current, now), cancellationToken);
            writer.Record(candidate, isWarning: true, RunnerLeaseReasons.StandbyStartFailed, $"{candidate.Status!.Instance!.Id} stays stopped: {e.Message}");
            return false;
        }
    }

    private static V1Alpha1RunnerLease? WithFailure(V1Alpha1RunnerLease lease, DateTimeOffset now)
    {
        var changed = LeaseCopies.Create(lease);
        if (changed.Status?.Instance?.Standby is not { } standby)
        {
            return null;
        }

        standby.StartFailedAt = now;
        return changed;
    }
}
