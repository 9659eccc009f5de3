using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Entities;

/// <summary>JSON serialization of the three kinds.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimeConverter)])]
[JsonSerializable(typeof(V1Alpha1RunnerPool))]
[JsonSerializable(typeof(V1Alpha1RunnerLease))]
[JsonSerializable(typeof(V1Alpha1ResourceClass))]
public sealed partial class EntitiesJsonContext : JsonSerializerContext;
