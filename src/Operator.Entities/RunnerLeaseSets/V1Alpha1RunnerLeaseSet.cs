using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeaseSets;

/// <summary>
/// Several runners of a pool for one holder, such as a workflow run: all of them within <c>provisionTimeout</c>, or none. It ends when its holder is
/// removed, it is deleted, its <c>ttl</c> is over or its run has completed at GitHub; its machines go back to the pool, or drain.
/// </summary>
[KubernetesEntity(Group = EntityGroup.Name, ApiVersion = EntityGroup.Version, Kind = "RunnerLeaseSet", PluralName = "runnerleasesets")]
[KubernetesEntityShortNames("rset"), EntityCategory("runners")]
[SelectableField(".spec.poolName"), SelectableField(".spec.holder.repository"), SelectableField(".spec.holder.runId"), SelectableField(".status.phase")]
[GenericAdditionalPrinterColumn(".spec.poolName", "Pool", "string")]
[GenericAdditionalPrinterColumn(".spec.count", "Count", "integer")]
[GenericAdditionalPrinterColumn(".status.readyCount", "Ready", "integer")]
[GenericAdditionalPrinterColumn(".status.phase", "Phase", "string")]
[GenericAdditionalPrinterColumn(".spec.holder.repository", "Repository", "string")]
[GenericAdditionalPrinterColumn(".spec.holder.runId", "Run", "string")]
[GenericAdditionalPrinterColumn(".spec.holder.actor", "Actor", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].reason", "Reason", "string")]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule("size(self.metadata.name) <= 60",
    Message = "metadata.name: shorten it to at most 60 characters, since a number is added for each lease")]
public sealed class V1Alpha1RunnerLeaseSet : CustomKubernetesEntity<RunnerLeaseSetSpec, RunnerLeaseSetStatus>;
