using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>
/// Whether GitHub has accepted a pool's credentials for the place that its spec names now. Only such a pool competes with others for jobs: whoever may
/// write pools can name any place. Pure.
/// </summary>
internal static class AcceptedCredentials
{
    public static bool Has(V1Alpha1RunnerPool pool) =>
        ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CredentialsReady) is { Status: "True" } accepted
        && accepted.ObservedGeneration == pool.Metadata.Generation;
}
