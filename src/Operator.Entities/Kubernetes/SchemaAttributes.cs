namespace Operator.Entities.Kubernetes;

/// <summary>A field by which objects can be listed: <c>kubectl get --field-selector</c>. API servers before 1.30 ignore it.</summary>
/// <param name="jsonPath">Where the value stands, such as <c>.status.phase</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class SelectableFieldAttribute(string jsonPath) : Attribute
{
    /// <summary>Where the value stands.</summary>
    public string JsonPath => jsonPath;
}

/// <summary>The field must be given.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;

/// <summary>What a string must look like. On a list or map: each of its strings.</summary>
/// <param name="pattern">A regular expression in the syntax of Go, JavaScript and .NET, without single quotes; anchored by itself where it must be.</param>
/// <param name="message">What the user is told: what to write, with an example.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatternAttribute(string pattern, string message) : Attribute
{
    /// <summary>The regular expression.</summary>
    public string Pattern => pattern;

    /// <summary>What the user is told.</summary>
    public string Message => message;
}

/// <summary>How many characters a string has. On a list or map: each of its strings.</summary>
/// <param name="minLength">At least; 0 sets no bound.</param>
/// <param name="maxLength">At most.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LengthAttribute(int minLength, int maxLength) : Attribute
{
    /// <summary>At least.</summary>
    public int MinLength => minLength;

    /// <summary>At most.</summary>
    public int MaxLength => maxLength;
}

/// <summary>The smallest number allowed.</summary>
/// <param name="minimum">That number.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMinimumAttribute(long minimum) : Attribute
{
    /// <summary>The smallest number.</summary>
    public long Minimum => minimum;
}

/// <summary>The largest number allowed.</summary>
/// <param name="maximum">That number.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMaximumAttribute(long maximum) : Attribute
{
    /// <summary>The largest number.</summary>
    public long Maximum => maximum;
}

/// <summary>How many items a list has.</summary>
/// <param name="minItems">At least; 0 sets no bound.</param>
/// <param name="maxItems">At most.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute(int minItems, int maxItems) : Attribute
{
    /// <summary>At least.</summary>
    public int MinItems => minItems;

    /// <summary>At most.</summary>
    public int MaxItems => maxItems;
}

/// <summary>How many entries a map has.</summary>
/// <param name="minEntries">At least; 0 sets no bound.</param>
/// <param name="maxEntries">At most.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MapItemsAttribute(int minEntries, int maxEntries) : Attribute
{
    /// <summary>At least.</summary>
    public int MinEntries => minEntries;

    /// <summary>At most.</summary>
    public int MaxEntries => maxEntries;
}

/// <summary>What the API server fills in where the field is absent.</summary>
/// <param name="json">The value as JSON, such as <c>10</c>, <c>"5m"</c> or <c>{}</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefaultAttribute(string json) : Attribute
{
    /// <summary>The value as JSON.</summary>
    public string Json => json;
}

/// <summary>How server-side apply merges a list: <c>atomic</c>, <c>set</c> or <c>map</c>.</summary>
/// <param name="type">One of the three.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListTypeAttribute(string type) : Attribute
{
    /// <summary>One of the three.</summary>
    public string Type => type;
}

/// <summary>The field by which items of a list of type <c>map</c> are told apart.</summary>
/// <param name="key">The field's name on the wire.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
public sealed class ListMapKeyAttribute(string key) : Attribute
{
    /// <summary>The field's name on the wire.</summary>
    public string Key => key;
}

/// <summary>A rule in the Common Expression Language; API servers before 1.25 ignore it, so controllers check the same again.</summary>
/// <param name="rule">The expression; <c>self</c> is the value of the property, or the object of the class.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class, AllowMultiple = true)]
public sealed class ValidationRuleAttribute(string rule) : Attribute
{
    /// <summary>The expression.</summary>
    public string Rule => rule;

    /// <summary>What the user is told: what to do, not only what is wrong.</summary>
    public required string Message { get; init; }
}
