using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>
/// Whether GitHub has accepted a pool's credentials for its current target. Only such a pool competes with others for jobs, because anyone
/// who may write pools can name any target. Pure.
/// </summary>
internal static class AcceptedCredentials
{
    public static bool Has(V1Alpha1RunnerPool pool) =>
        ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CredentialsReady) is { Status: "True" } accepted
        && accepted.ObservedGeneration == pool.Metadata.Generation;
}
