using System.Text;

namespace Operator.Commands.Rbac;

/// <summary>Where a rule has to hold.</summary>
internal enum RbacScope
{
    /// <summary>For what is in no namespace, or always in the same one.</summary>
    Cluster,

    /// <summary>In the namespaces whose pools are looked after: all of them, or some.</summary>
    Pools,

    /// <summary>In the operator's own namespace.</summary>
    Home,
}

/// <summary>Calls that the operator makes.</summary>
/// <param name="Scope">Where.</param>
/// <param name="Why">Which part makes them, and what for; goes into the manifests as a comment.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The resource, or <c>resource/subresource</c>.</param>
/// <param name="Verbs">What is done with it.</param>
/// <param name="Names">Only with objects of these names; null means any. Does not restrict <c>create</c>.</param>
internal sealed record RbacRule(
    RbacScope Scope, string Why, string Group, string Resource, IReadOnlyList<string> Verbs, IReadOnlyList<string>? Names = null)
{
    /// <summary>The rule as an item of a Role's <c>rules</c>, after a comment that says why.</summary>
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
