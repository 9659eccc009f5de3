using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>The target named by the path of a request.</summary>
/// <param name="Type">The resource.</param>
/// <param name="Namespace">The namespace; empty for cluster-scoped resources and across namespaces.</param>
/// <param name="Name">The object; empty for the collection.</param>
/// <param name="Subresource"><c>status</c> or <c>scale</c>, or empty.</param>
internal sealed record RequestTarget(ResourceType Type, string Namespace, string Name, string Subresource)
{
    public ObjectKey Key => new(Namespace, Name);

    /// <summary>Reads <c>/api/v1/…</c> and <c>/apis/GROUP/VERSION/…</c>.</summary>
    /// <returns>The target, or null where nothing is served.</returns>
    public static RequestTarget? Parse(string path, ResourceCatalogue resources)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        return parts switch
        {
            ["api", "v1", .. var rest] when rest.Length > 0 => Parse("", "v1", rest, resources),
            ["apis", var group, var version, .. var rest] when rest.Length > 0 => Parse(group, version, rest, resources),
            _ => null,
        };
    }

    private static RequestTarget? Parse(string group, string version, string[] rest, ResourceCatalogue resources)
    {
        // "namespaces/a" is the object a; "namespaces/a/secrets" is its content.
        var inNamespace = rest is ["namespaces", _, not ("status" or "finalize"), ..];
        var (space, path) = inNamespace ? (rest[1], rest[2..]) : ("", rest);
        if (path.Length > 3 || resources.Find(group, version, path[0]) is not { } type || (inNamespace && !type.Namespaced))
        {
            return null;
        }

        var target = new RequestTarget(type, space, path.ElementAtOrDefault(1) ?? "", path.ElementAtOrDefault(2) ?? "");
        return target.IsServed ? target : null;
    }

    private bool IsServed => Subresource switch
    {
        "" => Name.Length == 0 || !Type.Namespaced || Namespace.Length > 0,
        "status" => Type.HasStatus,
        "scale" => Type.Scale is not null,
        _ => false,
    };
}
