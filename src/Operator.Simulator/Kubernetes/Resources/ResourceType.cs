using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Schemas;

namespace Operator.Simulator.Kubernetes.Resources;

/// <summary>A resource served by the API server: its names, scope and behaviour.</summary>
internal sealed record ResourceType
{
    public string Group { get; init; } = "";

    public required string Version { get; init; }

    public required string Kind { get; init; }

    public required string Plural { get; init; }

    public string Singular { get; init; } = "";

    public string ListKind { get; init; } = "";

    public bool Namespaced { get; init; } = true;

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether <c>status</c> is a subresource.</summary>
    public bool HasStatus { get; init; }

    /// <summary>The scale subresource, if any.</summary>
    public ScaleDefinition? Scale { get; init; }

    /// <summary>The schema of a custom resource. Built-in resources have none: they accept anything.</summary>
    public Schema? Schema { get; init; }

    /// <summary>The same as its definition has it.</summary>
    public JsonObject? PublishedSchema { get; init; }

    /// <summary>The columns after the name.</summary>
    public IReadOnlyList<PrinterColumn> Columns { get; init; } = [PrinterColumn.Age];

    /// <summary>Fields that a field selector may name besides <c>metadata.name</c> and <c>metadata.namespace</c>.</summary>
    public IReadOnlyList<string> SelectableFields { get; init; } = [];

    /// <summary>Whether the resource was defined by a CustomResourceDefinition.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Completes an object before it is stored, as the API server does for its own kinds.</summary>
    public Action<JsonObject>? Complete { get; init; }

    /// <summary>Problems of an object of this kind that a schema cannot express.</summary>
    public Func<JsonObject, IReadOnlyList<FieldError>>? Check { get; init; }

    /// <summary>Whether it is answered but never stored.</summary>
    public bool IsReview { get; init; }

    /// <summary><c>group/version</c>, or the version alone in the core group.</summary>
    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>plural.group</c>, or the plural alone in the core group.</summary>
    public string QualifiedName => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public IReadOnlyList<string> Verbs => IsReview
        ? ["create"]
        : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
}

/// <summary>Where the scale subresource finds its figures in an object.</summary>
/// <param name="Wanted">Path of the desired, without a leading dot.</param>
/// <param name="Observed">Path of the figure in the status.</param>
/// <param name="Selector">Path of the label selector in the status, if any.</param>
internal sealed record ScaleDefinition(string Wanted, string Observed, string? Selector);

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Type">An OpenAPI type, or <c>date</c>, which is shown as an age.</param>
/// <param name="Value">Finds the value in an object.</param>
/// <param name="Description">Its meaning.</param>
/// <param name="Priority">Above zero: shown in wide output only.</param>
internal sealed record PrinterColumn(string Name, string Type, Func<JsonObject, JsonNode?> Value, string Description = "", int Priority = 0)
{
    public static readonly PrinterColumn Age = At("Age", "date", ".metadata.creationTimestamp");

    public static PrinterColumn At(string name, string type, string path, string description = "", int priority = 0)
    {
        var parsed = JsonPath.Parse(path);
        return new PrinterColumn(name, type, parsed.First, description, priority);
    }
}
