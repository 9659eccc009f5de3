using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;

namespace Operator.Entities;

/// <summary>How the kinds are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimeConverter)])]
[JsonSerializable(typeof(V1Alpha1RunnerPool))]
[JsonSerializable(typeof(V1Alpha1RunnerLease))]
[JsonSerializable(typeof(V1Alpha1RunnerLeaseSet))]
[JsonSerializable(typeof(V1Alpha1ResourceClass))]
public sealed partial class EntitiesJsonContext : JsonSerializerContext;
