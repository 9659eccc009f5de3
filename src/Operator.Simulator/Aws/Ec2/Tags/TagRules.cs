using System.Text.RegularExpressions;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Tags;

/// <summary>What EC2 accepts as tags.</summary>
internal static partial class TagRules
{
    private const int MostTags = 50;
    private const int LongestKey = 128;
    private const int LongestValue = 256;

    [GeneratedRegex(@"^[0-9a-zA-Z\-_+=,.@:]{1,255}$", RegexOptions.None, 1000)]
    private static partial Regex MetadataKey { get; }

    /// <summary>Reads <c>Tag.N</c> below a node.</summary>
    public static SortedDictionary<string, string> Read(QueryNode node)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in node.Items("Tag"))
        {
            if (!tags.TryAdd(tag.Required("Key"), tag.Text("Value") ?? ""))
            {
                throw Invalid($"Duplicate tag key '{tag.Text("Key")}' specified.");
            }
        }

        Check(tags);
        return tags;
    }

    /// <summary>Reads the tags of one resource type from <c>TagSpecification.N</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="taggable">The resource types that this operation can tag.</param>
    public static IReadOnlyDictionary<string, SortedDictionary<string, string>> ReadSpecifications(
        QueryNode request, params ReadOnlySpan<string> taggable)
    {
        var specifications = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var specification in request.Items("TagSpecification"))
        {
            var resourceType = specification.Required("ResourceType");
            if (!taggable.Contains(resourceType))
            {
                throw Invalid($"'{resourceType}' is not a valid taggable resource type for this operation.");
            }

            if (!specifications.TryAdd(resourceType, Read(specification)))
            {
                throw Invalid($"Tag specification resource type '{resourceType}' is specified more than once.");
            }
        }

        return specifications;
    }

    /// <summary>Refuses keys that an instance could not read from its metadata.</summary>
    public static void CheckMetadataKeys(IEnumerable<string> keys)
    {
        if (keys.FirstOrDefault(key => !MetadataKey.IsMatch(key) || key is "." or ".." or "_index") is { } key)
        {
            throw Invalid($"'{key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{{1,255}}), "
                + "and must not be a reserved name ('.', '..', '_index')");
        }
    }

    /// <summary>Refuses more tags than a resource can have; the system's own do not count.</summary>
    public static void CheckCount(IEnumerable<string> keys)
    {
        if (keys.Count(key => !IsSystem(key)) > MostTags)
        {
            throw new AwsException("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
        }
    }

    private static bool IsSystem(string key) => key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase);

    private static void Check(SortedDictionary<string, string> tags)
    {
        CheckCount(tags.Keys);
        foreach (var (key, value) in tags)
        {
            if (IsSystem(key))
            {
                throw Invalid("Tag keys starting with 'aws:' are reserved for internal use");
            }

            if (key.Length > LongestKey)
            {
                throw Invalid($"Tag key exceeds the maximum length of {LongestKey} characters");
            }

            if (value.Length > LongestValue)
            {
                throw Invalid($"Tag value exceeds the maximum length of {LongestValue} characters");
            }
        }
    }

    private static AwsException Invalid(string message) => new("InvalidParameterValue", message);
}
