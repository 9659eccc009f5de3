using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>
/// One runner of a pool and its machine. The operator creates leases for a pool's demand; a user or a workflow creates one to
/// hold a runner of its own, under its own labels. Deleting a lease releases the runner: a running job is finished first.
/// </summary>
[KubernetesEntity(Group = EntityGroup.Name, ApiVersion = EntityGroup.Version, Kind = "RunnerLease", PluralName = "runnerleases")]
[KubernetesEntityShortNames("rlease"), EntityCategory("runners")]
[SelectableField(".spec.poolName"), SelectableField(".spec.holder.repository"), SelectableField(".spec.holder.runId"), SelectableField(".status.phase")]
[GenericAdditionalPrinterColumn(".spec.poolName", "Pool", "string")]
[GenericAdditionalPrinterColumn(".status.phase", "Phase", "string")]
[GenericAdditionalPrinterColumn(".spec.holder.kind", "Held by", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".spec.holder.name", "Holder", "string")]
[GenericAdditionalPrinterColumn(".spec.holder.repository", "For", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".spec.holder.runId", "Run", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.job.repository", "Repository", "string")]
[GenericAdditionalPrinterColumn(".status.job.id", "Job", "string")]
[GenericAdditionalPrinterColumn(".status.instance.id", "Instance", "string")]
[GenericAdditionalPrinterColumn(".status.instance.type", "Type", "string")]
[GenericAdditionalPrinterColumn(".status.instance.zone", "Zone", "string")]
[GenericAdditionalPrinterColumn(".status.instance.usageClass", "Bought", "string")]
[GenericAdditionalPrinterColumn(".status.runner.name", "Runner", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.runner.version", "Version", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].reason", "Reason", "string")]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule("size(self.metadata.name) <= 63",
    Message = "metadata.name: shorten it to at most 63 characters, since it becomes part of runner names")]
[ValidationRule("!has(oldSelf.status) || !has(oldSelf.status.runner) || !has(oldSelf.status.runner.id) || (has(self.spec.maxRuntime) == has(oldSelf.spec.maxRuntime) && (!has(self.spec.maxRuntime) || self.spec.maxRuntime == oldSelf.spec.maxRuntime))",
    Message = "spec.maxRuntime cannot be changed once the runner is registered, since its machine enforces the limit too: delete this lease and create one with the new limit")]
public sealed class V1Alpha1RunnerLease : CustomKubernetesEntity<RunnerLeaseSpec, RunnerLeaseStatus>;
