namespace Operator.Entities.Kubernetes;

/// <summary>Says under which group, version, kind and plural the API server serves a type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityAttribute : Attribute
{
    /// <summary>The API group; empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>The version, such as <c>v1alpha1</c>.</summary>
    public string ApiVersion { get; init; } = "v1";

    /// <summary>The kind in CamelCase.</summary>
    public required string Kind { get; init; }

    /// <summary>The resource name in URLs, lower case and plural.</summary>
    public required string PluralName { get; init; }

    /// <summary>Whether objects of the kind live in a namespace.</summary>
    public bool Namespaced { get; init; } = true;

    /// <summary><c>group/version</c>, or the version alone in the core group.</summary>
    public string GroupVersion => Group.Length == 0 ? ApiVersion : $"{Group}/{ApiVersion}";
}
