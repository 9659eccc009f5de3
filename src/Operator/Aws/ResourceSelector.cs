namespace Operator.Aws;

/// <summary>Names AWS resources by ids or by tags. Equal by content, as a cache needs it.</summary>
internal sealed record ResourceSelector
{
    private ResourceSelector()
    {
    }

    /// <summary>The ids, or empty.</summary>
    public IReadOnlyList<string> Ids { get; private init; } = [];

    /// <summary>The tags, or empty; a value of <c>*</c> fits any.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; private init; } = new Dictionary<string, string>();

    /// <summary>Whether it names nothing, which EC2 would take for everything.</summary>
    public bool IsEmpty => Ids.Count == 0 && Tags.Count == 0;

    /// <summary>Those with exactly these ids.</summary>
    /// <param name="ids">At least one.</param>
    public static ResourceSelector ByIds(IEnumerable<string> ids) => new() { Ids = [.. ids.Distinct(StringComparer.Ordinal)] };

    /// <summary>Those that have all of these tags.</summary>
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
