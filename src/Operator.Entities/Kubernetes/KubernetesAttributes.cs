namespace Operator.Entities.Kubernetes;

/// <summary>The group, version, kind and plural of a type in the API.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityAttribute : Attribute
{
    /// <summary>The API group; empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>The version, such as <c>v1alpha1</c>.</summary>
    public string ApiVersion { get; init; } = "v1";

    /// <summary>The kind in CamelCase.</summary>
    public required string Kind { get; init; }

    /// <summary>The resource name in URLs, lower-case and plural.</summary>
    public required string PluralName { get; init; }

    /// <summary>Whether the kind is namespaced.</summary>
    public bool Namespaced { get; init; } = true;

    /// <summary><c>group/version</c>, or only the version in the core group.</summary>
    public string GroupVersion => Group.Length == 0 ? ApiVersion : $"{Group}/{ApiVersion}";
}

/// <summary>Short names of a kind for <c>kubectl</c>.</summary>
/// <param name="shortNames">The names.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityShortNamesAttribute(params string[] shortNames) : Attribute
{
    /// <summary>The names.</summary>
    public IReadOnlyList<string> ShortNames => shortNames;
}

/// <summary>Adds a kind to a category, so that <c>kubectl get CATEGORY</c> lists it.</summary>
/// <param name="category">The category.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class EntityCategoryAttribute(string category) : Attribute
{
    /// <summary>The category.</summary>
    public string Category => category;
}

/// <summary>Serves the <c>scale</c> subresource for <c>kubectl scale</c> and autoscalers.</summary>
/// <param name="specReplicasPath">JSONPath of the desired number.</param>
/// <param name="statusReplicasPath">JSONPath of the observed number.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ScaleSubresourceAttribute(string specReplicasPath, string statusReplicasPath) : Attribute
{
    /// <summary>JSONPath of the desired number.</summary>
    public string SpecReplicasPath => specReplicasPath;

    /// <summary>JSONPath of the observed number.</summary>
    public string StatusReplicasPath => statusReplicasPath;

    /// <summary>JSONPath of the label selector of the counted objects, as text.</summary>
    public string? LabelSelectorPath { get; init; }
}

/// <summary>A column of <c>kubectl get</c>, in the order of the attributes.</summary>
/// <param name="jsonPath">JSONPath of the value.</param>
/// <param name="name">The heading.</param>
/// <param name="type"><c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c> or <c>date</c> (shown as an age).</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GenericAdditionalPrinterColumnAttribute(string jsonPath, string name, string type) : Attribute
{
    /// <summary>JSONPath of the value.</summary>
    public string JsonPath => jsonPath;

    /// <summary>The heading.</summary>
    public string Name => name;

    /// <summary>The type of the value.</summary>
    public string Type => type;

    /// <summary>0 is always shown, higher values only with <c>-o wide</c>.</summary>
    public int Priority { get; init; }
}
