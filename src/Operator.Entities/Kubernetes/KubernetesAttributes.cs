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

/// <summary>Short names by which <c>kubectl</c> knows a kind.</summary>
/// <param name="shortNames">The names.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityShortNamesAttribute(params string[] shortNames) : Attribute
{
    /// <summary>The names.</summary>
    public IReadOnlyList<string> ShortNames => shortNames;
}

/// <summary>Puts a kind into a category, so that <c>kubectl get CATEGORY</c> lists it.</summary>
/// <param name="category">The category.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class EntityCategoryAttribute(string category) : Attribute
{
    /// <summary>The category.</summary>
    public string Category => category;
}

/// <summary>Serves the <c>scale</c> subresource, for <c>kubectl scale</c> and autoscalers.</summary>
/// <param name="specReplicasPath">JSONPath of the wished number.</param>
/// <param name="statusReplicasPath">JSONPath of the found number.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ScaleSubresourceAttribute(string specReplicasPath, string statusReplicasPath) : Attribute
{
    /// <summary>JSONPath of the wished number.</summary>
    public string SpecReplicasPath => specReplicasPath;

    /// <summary>JSONPath of the found number.</summary>
    public string StatusReplicasPath => statusReplicasPath;

    /// <summary>JSONPath of the label selector, as text, of what is counted.</summary>
    public string? LabelSelectorPath { get; init; }
}

/// <summary>A column of <c>kubectl get</c>, in the order of the attributes.</summary>
/// <param name="jsonPath">Where the value stands.</param>
/// <param name="name">The heading.</param>
/// <param name="type"><c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c> or <c>date</c> (shown as an age).</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GenericAdditionalPrinterColumnAttribute(string jsonPath, string name, string type) : Attribute
{
    /// <summary>Where the value stands.</summary>
    public string JsonPath => jsonPath;

    /// <summary>The heading.</summary>
    public string Name => name;

    /// <summary>The type of the value.</summary>
    public string Type => type;

    /// <summary>0 is always shown, more only with <c>-o wide</c>.</summary>
    public int Priority { get; init; }
}
