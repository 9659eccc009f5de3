using System.Text;

namespace Operator.Commands.Rbac;

/// <summary>Where a rule applies.</summary>
internal enum RbacScope
{
    /// <summary>Cluster-scoped objects, or objects always in the same namespace.</summary>
    Cluster,

    /// <summary>The namespaces whose pools are managed: all or some.</summary>
    Pools,

    /// <summary>In the operator's own namespace.</summary>
    Home,

    /// <summary>In the whole cluster, and only where the dashboard asks for tokens.</summary>
    Dashboard,
}

/// <summary>Calls made by the operator.</summary>
/// <param name="Scope">Where they are made.</param>
/// <param name="Why">What makes them and why; a comment in the manifests.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The resource, or <c>resource/subresource</c>.</param>
/// <param name="Verbs">The verbs.</param>
/// <param name="Names">Only objects with these names; null for any. Does not restrict <c>create</c>.</param>
internal sealed record RbacRule(
    RbacScope Scope, string Why, string Group, string Resource, IReadOnlyList<string> Verbs, IReadOnlyList<string>? Names = null)
{
    /// <summary>The rule as an item of a Role's <c>rules</c>, with a comment.</summary>
    public string ToYaml()
    {
        var yaml = new StringBuilder();
        if (Why.Length > 0)
        {
            yaml.Append("# ").Append(Why).Append('\n');
        }

        yaml.Append("- apiGroups: ").Append(List([Group])).Append('\n');
        yaml.Append("  resources: ").Append(List([Resource])).Append('\n');
        if (Names is not null)
        {
            yaml.Append("  resourceNames: ").Append(List(Names)).Append('\n');
        }

        return yaml.Append("  verbs: ").Append(List(Verbs)).Append('\n').ToString();
    }

    private static string List(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(text => $"\"{text}\""))}]";
}
