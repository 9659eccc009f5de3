using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Creates a launch template with its first version. EC2 does not check the data before a launch.</summary>
internal sealed record CreateLaunchTemplateRequest
{
    /// <summary>At most 128 ASCII characters.</summary>
    public string? ClientToken { get; set; }

    /// <summary>3 to 128 of <c>[a-zA-Z0-9().\-/_]</c>, unique in account and region.</summary>
    public string? LaunchTemplateName { get; set; }

    public string? VersionDescription { get; set; }

    public RequestLaunchTemplateData? LaunchTemplateData { get; set; }

    /// <summary>Tags of the template itself: resource type <c>launch-template</c>.</summary>
    [JsonPropertyName("TagSpecification")]
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    /// <summary>Only asks whether it would be allowed; answered by the error <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>The template that was made.</summary>
internal sealed record CreateLaunchTemplateResponse
{
    public LaunchTemplate? LaunchTemplate { get; set; }
}

/// <summary>Lists launch templates; a name or id that does not exist is an error, a filter that matches none is not.</summary>
internal sealed record DescribeLaunchTemplatesRequest
{
    [JsonPropertyName("LaunchTemplateId")]
    public List<string> LaunchTemplateIds { get; set; } = [];

    [JsonPropertyName("LaunchTemplateName")]
    public List<string> LaunchTemplateNames { get; set; } = [];

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>1 to 200.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of launch templates.</summary>
internal sealed record DescribeLaunchTemplatesResponse
{
    public List<LaunchTemplate> LaunchTemplates { get; set; } = [];

    public string? NextToken { get; set; }
}

/// <summary>Deletes a launch template with all its versions, by id or by name.</summary>
internal sealed record DeleteLaunchTemplateRequest
{
    public string? LaunchTemplateId { get; set; }

    public string? LaunchTemplateName { get; set; }

    /// <summary>Only asks whether it would be allowed; answered by the error <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>The template that was deleted.</summary>
internal sealed record DeleteLaunchTemplateResponse
{
    public LaunchTemplate? LaunchTemplate { get; set; }
}

/// <summary>A launch template, without its data.</summary>
internal sealed record LaunchTemplate
{
    public string? LaunchTemplateId { get; set; }

    public string? LaunchTemplateName { get; set; }

    /// <summary>UTC.</summary>
    public DateTime? CreateTime { get; set; }

    public long? DefaultVersionNumber { get; set; }

    public long? LatestVersionNumber { get; set; }

    [JsonPropertyName("tagSet")]
    public List<Tag> Tags { get; set; } = [];
}
