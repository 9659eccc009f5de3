namespace Operator.Entities.Kubernetes;

/// <summary>A field that objects can be listed by: <c>kubectl get --field-selector</c>. API servers before 1.30 ignore it.</summary>
/// <param name="jsonPath">JSONPath of the value, such as <c>.status.phase</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class SelectableFieldAttribute(string jsonPath) : Attribute
{
    /// <summary>JSONPath of the value.</summary>
    public string JsonPath => jsonPath;
}

/// <summary>The field is required.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;

/// <summary>Pattern of a string. On a list or map: of each string in it.</summary>
/// <param name="pattern">A regular expression in the common syntax of Go, JavaScript and .NET, without single quotes; not anchored implicitly.</param>
/// <param name="message">The message for users: what to write, with an example.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatternAttribute(string pattern, string message) : Attribute
{
    /// <summary>The regular expression.</summary>
    public string Pattern => pattern;

    /// <summary>The message for users.</summary>
    public string Message => message;
}

/// <summary>Length of a string. On a list or map: of each string in it.</summary>
/// <param name="minLength">Minimum; 0 for none.</param>
/// <param name="maxLength">Maximum.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LengthAttribute(int minLength, int maxLength) : Attribute
{
    /// <summary>Minimum.</summary>
    public int MinLength => minLength;

    /// <summary>Maximum.</summary>
    public int MaxLength => maxLength;
}

/// <summary>The minimum of a number.</summary>
/// <param name="minimum">The minimum.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMinimumAttribute(long minimum) : Attribute
{
    /// <summary>The minimum.</summary>
    public long Minimum => minimum;
}

/// <summary>The maximum of a number.</summary>
/// <param name="maximum">The maximum.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMaximumAttribute(long maximum) : Attribute
{
    /// <summary>The maximum.</summary>
    public long Maximum => maximum;
}

/// <summary>Number of items in a list.</summary>
/// <param name="minItems">Minimum; 0 for none.</param>
/// <param name="maxItems">Maximum.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute(int minItems, int maxItems) : Attribute
{
    /// <summary>Minimum.</summary>
    public int MinItems => minItems;

    /// <summary>Maximum.</summary>
    public int MaxItems => maxItems;
}

/// <summary>Number of entries in a map.</summary>
/// <param name="minEntries">Minimum; 0 for none.</param>
/// <param name="maxEntries">Maximum.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MapItemsAttribute(int minEntries, int maxEntries) : Attribute
{
    /// <summary>Minimum.</summary>
    public int MinEntries => minEntries;

    /// <summary>Maximum.</summary>
    public int MaxEntries => maxEntries;
}

/// <summary>The default that the API server sets if the field is absent.</summary>
/// <param name="json">The value as JSON, such as <c>10</c>, <c>"5m"</c> or <c>{}</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefaultAttribute(string json) : Attribute
{
    /// <summary>The value as JSON.</summary>
    public string Json => json;
}

/// <summary>How server-side apply merges a list: <c>atomic</c>, <c>set</c> or <c>map</c>.</summary>
/// <param name="type">The merge strategy.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListTypeAttribute(string type) : Attribute
{
    /// <summary>The merge strategy.</summary>
    public string Type => type;
}

/// <summary>The field that identifies items of a list of type <c>map</c>.</summary>
/// <param name="key">The field's serialized name.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
public sealed class ListMapKeyAttribute(string key) : Attribute
{
    /// <summary>The field's serialized name.</summary>
    public string Key => key;
}

/// <summary>A rule in the Common Expression Language; API servers before 1.25 ignore it, so controllers validate it too.</summary>
/// <param name="rule">The expression; <c>self</c> is the value of the property, or the object of the class.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class, AllowMultiple = true)]
public sealed class ValidationRuleAttribute(string rule) : Attribute
{
    /// <summary>The expression.</summary>
    public string Rule => rule;

    /// <summary>The message for users: what to do, not only what is wrong.</summary>
    public required string Message { get; init; }
}
