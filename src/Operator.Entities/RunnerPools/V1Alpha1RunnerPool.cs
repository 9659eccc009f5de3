using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>
/// A pool of runners on EC2, of GitHub Actions or GitLab: where they register, how many to run, how to buy their machines, and what to
/// run on them. Deleting a pool lets running jobs finish, then removes all its runners, machines and launch templates.
/// </summary>
[KubernetesEntity(Group = EntityGroup.Name, ApiVersion = EntityGroup.Version, Kind = "RunnerPool", PluralName = "runnerpools")]
[KubernetesEntityShortNames("rpool"), EntityCategory("runners")]
[ScaleSubresource(".spec.capacity.minIdle", ".status.runners.total", LabelSelectorPath = ".status.labelSelector")]
[GenericAdditionalPrinterColumn(".spec['github','gitlab'].demand", "Source", "string")]
[GenericAdditionalPrinterColumn(".spec.capacity.minIdle", "MinIdle", "integer")]
[GenericAdditionalPrinterColumn(".spec.capacity.maxRunners", "Max", "integer")]
[GenericAdditionalPrinterColumn(".status.waiting", "Waiting", "integer")]
[GenericAdditionalPrinterColumn(".status.runners.total", "Total", "integer")]
[GenericAdditionalPrinterColumn(".status.runners.booting", "Booting", "integer")]
[GenericAdditionalPrinterColumn(".status.runners.idle", "Idle", "integer")]
[GenericAdditionalPrinterColumn(".status.runners.busy", "Busy", "integer")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].reason", "Reason", "string")]
[GenericAdditionalPrinterColumn(".status.runners.outdated", "Outdated", "integer", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.hourlyCost", "USD/h", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule("size(self.metadata.name) <= 40",
    Message = "metadata.name: shorten it to at most 40 characters, since it becomes part of runner names and tags")]
public sealed class V1Alpha1RunnerPool : CustomKubernetesEntity<RunnerPoolSpec, RunnerPoolStatus>;
