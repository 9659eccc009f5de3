using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>A tag of a resource.</summary>
internal sealed record Tag
{
    public Tag()
    {
    }

    public Tag(string key, string value)
    {
        Key = key;
        Value = value;
    }

    public string? Key { get; set; }

    public string? Value { get; set; }
}

/// <summary>Tags that a call puts on what it makes.</summary>
internal sealed record TagSpecification
{
    public string? ResourceType { get; set; }

    [JsonPropertyName("Tag")]
    public List<Tag> Tags { get; set; } = [];
}

/// <summary>Narrows a list: any of the values, and all of the filters.</summary>
internal sealed record Filter
{
    public Filter()
    {
    }

    public Filter(string name, List<string> values)
    {
        Name = name;
        Values = values;
    }

    /// <summary>Such as <c>instance-state-name</c> or <c>tag:KEY</c>.</summary>
    public string? Name { get; set; }

    [JsonPropertyName("Value")]
    public List<string> Values { get; set; } = [];
}

/// <summary>Adds tags to resources or overwrites them.</summary>
internal sealed record CreateTagsRequest
{
    /// <summary>Ids, at most 1000.</summary>
    [JsonPropertyName("ResourceId")]
    public List<string> Resources { get; set; } = [];

    [JsonPropertyName("Tag")]
    public List<Tag> Tags { get; set; } = [];

    /// <summary>Only asks whether it would be allowed; answered by the error <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>Nothing is told.</summary>
internal sealed record CreateTagsResponse;
