using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Lists subnets.</summary>
internal sealed record DescribeSubnetsRequest
{
    [JsonPropertyName("SubnetId")]
    public List<string> SubnetIds { get; set; } = [];

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>5 to 1000; not with ids.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of subnets.</summary>
internal sealed record DescribeSubnetsResponse
{
    public string? NextToken { get; set; }

    [JsonPropertyName("subnetSet")]
    public List<Subnet> Subnets { get; set; } = [];
}

/// <summary>A subnet.</summary>
internal sealed record Subnet
{
    public string? SubnetId { get; set; }

    public string? VpcId { get; set; }

    public string? AvailabilityZone { get; set; }

    public int? AvailableIpAddressCount { get; set; }

    public string? State { get; set; }

    [JsonPropertyName("tagSet")]
    public List<Tag> Tags { get; set; } = [];
}

/// <summary>Lists security groups.</summary>
internal sealed record DescribeSecurityGroupsRequest
{
    [JsonPropertyName("GroupId")]
    public List<string> GroupIds { get; set; } = [];

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>5 to 1000; not with ids.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of security groups.</summary>
internal sealed record DescribeSecurityGroupsResponse
{
    public string? NextToken { get; set; }

    [JsonPropertyName("securityGroupInfo")]
    public List<SecurityGroup> SecurityGroups { get; set; } = [];
}

/// <summary>A security group, without its rules.</summary>
internal sealed record SecurityGroup
{
    public string? GroupId { get; set; }

    public string? GroupName { get; set; }

    public string? VpcId { get; set; }

    [JsonPropertyName("tagSet")]
    public List<Tag> Tags { get; set; } = [];
}
