using System.Reflection;
using System.Text;

namespace Operator.Runtime.Client;

/// <summary>The API path of a type: one of our kinds, or one of <c>k8s.Models</c>.</summary>
internal static class ResourceKind<T>
    where T : class
{
    private static readonly Route Kept = typeof(T).GetCustomAttribute<KubernetesEntityAttribute>() is { } own
        ? new(own.Group, own.ApiVersion, own.Kind, own.PluralName, own.Namespaced)
        : typeof(T).GetCustomAttribute<k8s.Models.KubernetesEntityAttribute>() is { } builtIn
            ? new(builtIn.Group, builtIn.ApiVersion, builtIn.Kind, PluralOf(builtIn), IsNamespaced: null)
            : throw new InvalidOperationException($"{typeof(T)} has no [KubernetesEntity], so it is not known where the API server keeps it.");

    private static readonly string Root = Kept.Group.Length == 0 ? $"api/{Kept.Version}" : $"apis/{Kept.Group}/{Kept.Version}";

    /// <summary>The kind's name.</summary>
    public static string Kind => Kept.Kind;

    /// <summary>The path of all objects, or of those in one namespace, relative to the server's address.</summary>
    public static string Path(string? namespaceName) => string.IsNullOrEmpty(namespaceName) || Kept.IsNamespaced == false
        ? $"{Root}/{Kept.Plural}"
        : $"{Root}/namespaces/{Uri.EscapeDataString(namespaceName)}/{Kept.Plural}";

    /// <summary>The path of one object or a subresource of it.</summary>
    public static string Path(NamespacedName name, string? subresource = null)
    {
        if (name.Name is null or "" || (Kept.IsNamespaced == true && name.Namespace is null or ""))
        {
            throw new ArgumentException($"'{name}' does not name a {Kept.Kind}.", nameof(name));
        }

        var path = $"{Path(name.Namespace)}/{Uri.EscapeDataString(name.Name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }

    /// <summary>The namespace of a new object; null for a cluster-scoped kind.</summary>
    public static string? NamespaceOf(T item) => item switch
    {
        IKubernetesObject own => own.Metadata.NamespaceProperty,
        k8s.IKubernetesObject<k8s.Models.V1ObjectMeta> builtIn => builtIn.Metadata?.NamespaceProperty,
        _ => null,
    };

    /// <summary>Adds API version and kind, which items of lists and callers omit.</summary>
    public static T Complete(T item)
    {
        var groupVersion = Kept.Group.Length == 0 ? Kept.Version : $"{Kept.Group}/{Kept.Version}";
        if (item is IKubernetesObject own)
        {
            own.ApiVersion ??= groupVersion;
            own.Kind ??= Kept.Kind;
        }
        else if (item is k8s.IKubernetesObject builtIn)
        {
            builtIn.ApiVersion ??= groupVersion;
            builtIn.Kind ??= Kept.Kind;
        }

        return item;
    }

    // Empty for kinds that are answered but not stored, such as reviews.
    private static string PluralOf(k8s.Models.KubernetesEntityAttribute kind) =>
        kind.PluralName is { Length: > 0 } plural ? plural : $"{kind.Kind.ToLowerInvariant()}s";

    // The library does not say whether its kinds are namespaced: a given namespace is used.
    private sealed record Route(string Group, string Version, string Kind, string Plural, bool? IsNamespaced);
}

/// <summary>Builds a query, omitting parameters without a value.</summary>
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
