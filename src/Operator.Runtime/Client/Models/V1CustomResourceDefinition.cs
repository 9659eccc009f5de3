using System.Text.Json.Nodes;

namespace Operator.Runtime.Client.Models;

/// <summary>
/// The definition of a kind, <c>apiextensions.k8s.io/v1 CustomResourceDefinition</c>; schemas are kept as trees, so that all their fields
/// can be compared.
/// </summary>
[KubernetesEntity(Group = "apiextensions.k8s.io", Kind = "CustomResourceDefinition", PluralName = "customresourcedefinitions", Namespaced = false)]
public sealed class V1CustomResourceDefinition : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public JsonObject? Spec { get; set; }

    public JsonObject? Status { get; set; }
}
