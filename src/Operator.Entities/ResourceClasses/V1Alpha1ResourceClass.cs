using Operator.Entities.Kubernetes;

namespace Operator.Entities.ResourceClasses;

/// <summary>
/// A machine size defined by hardware requirements instead of instance types. The matching types, cheapest first,
/// are resolved from EC2's catalog and shown in the status. Cluster-scoped, like a StorageClass.
/// </summary>
[KubernetesEntity(Group = EntityGroup.Name, ApiVersion = EntityGroup.Version, Kind = "ResourceClass", PluralName = "resourceclasses", Namespaced = false)]
[KubernetesEntityShortNames("rclass"), EntityCategory("runners")]
[GenericAdditionalPrinterColumn(".spec.cpu", "CPU", "integer")]
[GenericAdditionalPrinterColumn(".spec.memory", "Memory", "string")]
[GenericAdditionalPrinterColumn(".spec.disk", "Disk", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".spec.architecture", "Arch", "string")]
[GenericAdditionalPrinterColumn(".spec.isDefault", "Default", "boolean")]
[GenericAdditionalPrinterColumn(".status.instanceTypes[0].name", "Cheapest", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].reason", "Reason", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed class V1Alpha1ResourceClass : CustomKubernetesEntity<ResourceClassSpec, ResourceClassStatus>;
