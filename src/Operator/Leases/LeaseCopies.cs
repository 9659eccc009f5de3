using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>Working copies: objects in a store are shared and must not be changed.</summary>
internal static class LeaseCopies
{
    public static V1Alpha1RunnerLease Create(V1Alpha1RunnerLease stored) => Create(stored, EntitiesJsonContext.Default.V1Alpha1RunnerLease);

    public static LostJobStatus Create(LostJobStatus stored) => Create(stored, EntitiesJsonContext.Default.LostJobStatus);

    public static RunnerLeaseSetStatus Create(RunnerLeaseSetStatus stored) => Create(stored, EntitiesJsonContext.Default.RunnerLeaseSetStatus);

    private static T Create<T>(T stored, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(stored, type), type)!;
}
