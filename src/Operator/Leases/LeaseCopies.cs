using System.Text.Json;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>Working copies: objects in a store are shared and must not be changed.</summary>
internal static class LeaseCopies
{
    public static V1Alpha1RunnerLease Create(V1Alpha1RunnerLease stored) =>
        JsonSerializer.Deserialize(
            JsonSerializer.SerializeToUtf8Bytes(stored, EntitiesJsonContext.Default.V1Alpha1RunnerLease),
            EntitiesJsonContext.Default.V1Alpha1RunnerLease)!;

    public static LostJobStatus Create(LostJobStatus stored) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(stored, EntitiesJsonContext.Default.LostJobStatus), EntitiesJsonContext.Default.LostJobStatus)!;
}
