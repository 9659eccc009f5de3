using System.Reflection;
using System.Text;

namespace Operator.Runtime.Client;

/// <summary>Where the API server keeps the objects of a type.</summary>
internal static class ResourceKind<T>
    where T : IKubernetesObject
{
    public static KubernetesEntityAttribute Entity { get; } = typeof(T).GetCustomAttribute<KubernetesEntityAttribute>()
        ?? throw new InvalidOperationException($"{typeof(T)} has no [KubernetesEntity], so it is not known where the API server keeps it.");

    private static string Root { get; } = Entity.Group.Length == 0 ? $"api/{Entity.ApiVersion}" : $"apis/{Entity.GroupVersion}";

    /// <summary>The path of all objects, or of those in one namespace, relative to the server's address.</summary>
    public static string Path(string? namespaceName) => string.IsNullOrEmpty(namespaceName) || !Entity.Namespaced
        ? $"{Root}/{Entity.PluralName}"
        : $"{Root}/namespaces/{Uri.EscapeDataString(namespaceName)}/{Entity.PluralName}";

    /// <summary>The path of one object or a subresource of it.</summary>
    public static string Path(NamespacedName name, string? subresource = null)
    {
        if (name.Name is null or "" || (Entity.Namespaced && name.Namespace is null or ""))
        {
            throw new ArgumentException($"'{name}' does not name a {Entity.Kind}.", nameof(name));
        }

        var path = $"{Path(name.Namespace)}/{Uri.EscapeDataString(name.Name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }

    /// <summary>Lists leave out what all their items share; this puts it back.</summary>
    public static T Complete(T item)
    {
        item.ApiVersion ??= Entity.GroupVersion;
        item.Kind ??= Entity.Kind;
        return item;
    }
}

/// <summary>Puts a query together, leaving out what is not given.</summary>
internal sealed class QueryBuilder(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _separator = '?';

    public QueryBuilder With(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _separator = '&';
        }

        return this;
    }

    public override string ToString() => _text.ToString();
}
