namespace Operator.Aws;

/// <summary>Selects AWS resources by ids or by tags. Has value equality, as caches need it.</summary>
internal sealed record ResourceSelector
{
    private ResourceSelector()
    {
    }

    /// <summary>The ids; may be empty.</summary>
    public IReadOnlyList<string> Ids { get; private init; } = [];

    /// <summary>The tags; may be empty. A value of <c>*</c> matches any.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; private init; } = new Dictionary<string, string>();

    /// <summary>Whether it selects nothing, which EC2 would treat as everything.</summary>
    public bool IsEmpty => Ids.Count == 0 && Tags.Count == 0;

    /// <summary>Resources with exactly these ids.</summary>
    /// <param name="ids">At least one.</param>
    public static ResourceSelector ByIds(IEnumerable<string> ids) => new() { Ids = [.. ids.Distinct(StringComparer.Ordinal)] };

    /// <summary>Resources with all of these tags.</summary>
    /// <param name="tags">At least one.</param>
    public static ResourceSelector ByTags(IReadOnlyDictionary<string, string> tags) => new() { Tags = tags };

    public bool Equals(ResourceSelector? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString()
    {
        var tags = Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}");
        return Ids.Count > 0 ? $"ids [{string.Join(", ", Ids)}]" : $"tags [{string.Join(", ", tags)}]";
    }
}
