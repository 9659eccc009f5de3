namespace Operator.Runtime;

/// <summary>The key of an object: its namespace, empty for a cluster-scoped kind, and its name.</summary>
/// <param name="Namespace">The namespace, or the empty string.</param>
/// <param name="Name">The name.</param>
public readonly record struct NamespacedName(string Namespace, string Name) : IComparable<NamespacedName>
{
    /// <summary>The key of a cluster-scoped object.</summary>
    public static NamespacedName ClusterScoped(string name) => new("", name);

    /// <summary>The key of an object as the API server sent it.</summary>
    public static NamespacedName From(IKubernetesObject item) =>
        new(item.Metadata.NamespaceProperty ?? "", item.Metadata.Name ?? "");

    /// <summary>Parses <c>namespace/name</c>, or <c>name</c> for a cluster-scoped object.</summary>
    /// <exception cref="FormatException">The text has more than one slash or no name.</exception>
    public static NamespacedName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') switch
        {
            [{ Length: > 0 } name] => new("", name),
            [{ Length: > 0 } space, { Length: > 0 } name] => new(space, name),
            _ => throw new FormatException($"'{text}' is not 'namespace/name' or 'name'."),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";

    /// <inheritdoc/>
    public int CompareTo(NamespacedName other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    public static bool operator <(NamespacedName left, NamespacedName right) => left.CompareTo(right) < 0;

    public static bool operator <=(NamespacedName left, NamespacedName right) => left.CompareTo(right) <= 0;

    public static bool operator >(NamespacedName left, NamespacedName right) => left.CompareTo(right) > 0;

    public static bool operator >=(NamespacedName left, NamespacedName right) => left.CompareTo(right) >= 0;
}
