using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Selection;

/// <summary>Which objects of a collection a request is about.</summary>
/// <param name="Namespace">Empty for all namespaces.</param>
/// <param name="Labels">The label selector.</param>
/// <param name="Fields">The field selector.</param>
internal sealed record ObjectSelection(string Namespace, LabelSelector Labels, FieldSelector Fields)
{
    /// <summary>Whether it may leave out objects of its namespace.</summary>
    public bool IsPartial => !Labels.IsEmpty || !Fields.IsEmpty;

    public bool Matches(StoredObject item) =>
        (Namespace.Length == 0 || item.Key.Namespace == Namespace) && Labels.Matches(item.Labels) && Fields.Matches(item);
}
