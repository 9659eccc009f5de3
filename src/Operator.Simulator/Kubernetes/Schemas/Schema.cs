using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.Simulator.Kubernetes.Schemas;

/// <summary>One node of the structural schema of a custom resource (OpenAPI v3 with Kubernetes' extensions).</summary>
internal sealed record Schema
{
    public string? Type { get; init; }

    public bool Nullable { get; init; }

    public IReadOnlyDictionary<string, Schema> Properties { get; init; } = new Dictionary<string, Schema>(StringComparer.Ordinal);

    /// <summary>The schema of the values of a map.</summary>
    public Schema? AdditionalProperties { get; init; }

    /// <summary>The schema of the items of a list.</summary>
    public Schema? Items { get; init; }

    public JsonNode? Default { get; init; }

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<JsonNode?> Enum { get; init; } = [];

    public Regex? Pattern { get; init; }

    /// <summary>The CEL rules that consist of one regular expression over a text.</summary>
    public IReadOnlyList<TextRule> TextRules { get; init; } = [];

    public string? Format { get; init; }

    public decimal? Minimum { get; init; }

    public decimal? Maximum { get; init; }

    public bool ExclusiveMinimum { get; init; }

    public bool ExclusiveMaximum { get; init; }

    public decimal? MultipleOf { get; init; }

    /// <summary>Bounds of a string's length, a list's items or a map's properties, depending on the type.</summary>
    public SizeBounds Length { get; init; } = SizeBounds.None;

    public SizeBounds ItemCount { get; init; } = SizeBounds.None;

    public SizeBounds PropertyCount { get; init; } = SizeBounds.None;

    public IReadOnlyList<Schema> AllOf { get; init; } = [];

    public IReadOnlyList<Schema> AnyOf { get; init; } = [];

    public IReadOnlyList<Schema> OneOf { get; init; } = [];

    public Schema? Not { get; init; }

    public bool PreservesUnknownFields { get; init; }

    public bool IsEmbeddedResource { get; init; }

    public bool IsIntOrString { get; init; }

    /// <summary><c>atomic</c>, <c>set</c> or <c>map</c>: the granularity of field ownership in a list.</summary>
    public string ListType { get; init; } = "atomic";

    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>Whether an object is owned as a whole.</summary>
    public bool IsAtomicMap { get; init; }

    /// <summary>The schema of an object's member, if any.</summary>
    public Schema? Member(string name) => Properties.GetValueOrDefault(name) ?? AdditionalProperties;
}

/// <summary>The least and the most of something that is counted.</summary>
internal sealed record SizeBounds(int? Least, int? Most)
{
    public static readonly SizeBounds None = new(null, null);
}

/// <summary>A rule in CEL of the form <c>self.matches(r'…')</c>, or its negation.</summary>
/// <param name="Pattern">The regular expression.</param>
/// <param name="IsForbidden">Whether a text must not match.</param>
/// <param name="Message">The message for users.</param>
internal sealed record TextRule(Regex Pattern, bool IsForbidden, string Message);
