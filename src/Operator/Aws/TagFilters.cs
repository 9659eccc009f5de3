using Amazon.EC2.Model;

namespace Operator.Aws;

/// <summary>Tags as filters for EC2's Describe calls.</summary>
internal static class TagFilters
{
    /// <summary>One filter per tag; EC2 itself supports <c>*</c> in values.</summary>
    /// <param name="tags">Keys and values.</param>
    public static IEnumerable<Filter> Create(IReadOnlyDictionary<string, string> tags) =>
        tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => new Filter($"tag:{tag.Key}", [tag.Value]));
}
