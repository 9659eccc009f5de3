using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Lists spot prices. With start and end the present instant, the price in force of each pool.</summary>
internal sealed record DescribeSpotPriceHistoryRequest
{
    /// <summary>UTC.</summary>
    public DateTime? StartTime { get; set; }

    /// <summary>UTC.</summary>
    public DateTime? EndTime { get; set; }

    [JsonPropertyName("InstanceType")]
    public List<string> InstanceTypes { get; set; } = [];

    /// <summary>Such as <c>Linux/UNIX</c> or <c>Windows</c>.</summary>
    [JsonPropertyName("ProductDescription")]
    public List<string> ProductDescriptions { get; set; } = [];

    public string? AvailabilityZone { get; set; }

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>1 to 1000.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of spot prices.</summary>
internal sealed record DescribeSpotPriceHistoryResponse
{
    public string? NextToken { get; set; }

    [JsonPropertyName("spotPriceHistorySet")]
    public List<SpotPrice> SpotPriceHistory { get; set; } = [];
}

/// <summary>The price of a spot pool since a time.</summary>
internal sealed record SpotPrice
{
    public string? AvailabilityZone { get; set; }

    public string? InstanceType { get; set; }

    public string? ProductDescription { get; set; }

    /// <summary>US dollars per hour. (EC2 calls it spotPrice; C# cannot.)</summary>
    [JsonPropertyName("spotPrice")]
    public string? Price { get; set; }

    /// <summary>UTC; since when.</summary>
    public DateTime? Timestamp { get; set; }
}
