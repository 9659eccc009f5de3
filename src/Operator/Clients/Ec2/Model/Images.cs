using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Lists machine images; without ids, owners or filters that are all public ones.</summary>
internal sealed record DescribeImagesRequest
{
    [JsonPropertyName("ImageId")]
    public List<string> ImageIds { get; set; } = [];

    /// <summary>Account ids, <c>self</c>, <c>amazon</c> or <c>aws-marketplace</c>.</summary>
    [JsonPropertyName("Owner")]
    public List<string> Owners { get; set; } = [];

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>1 to 1000.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of images.</summary>
internal sealed record DescribeImagesResponse
{
    public string? NextToken { get; set; }

    [JsonPropertyName("imagesSet")]
    public List<Image> Images { get; set; } = [];
}

/// <summary>A machine image.</summary>
internal sealed record Image
{
    public string? ImageId { get; set; }

    public string? Name { get; set; }

    [JsonPropertyName("imageOwnerId")]
    public string? OwnerId { get; set; }

    /// <summary>EC2's word: <c>x86_64</c> or <c>arm64</c>, rarely <c>i386</c>.</summary>
    public string? Architecture { get; set; }

    /// <summary>ISO 8601 in UTC, so its order as text is its order in time.</summary>
    public string? CreationDate { get; set; }

    /// <summary><c>available</c>, <c>pending</c>, <c>failed</c> and so on.</summary>
    [JsonPropertyName("imageState")]
    public string? State { get; set; }

    /// <summary><c>windows</c>, or null.</summary>
    public string? Platform { get; set; }

    public string? RootDeviceName { get; set; }

    /// <summary><c>ebs</c> or <c>instance-store</c>.</summary>
    public string? RootDeviceType { get; set; }

    [JsonPropertyName("blockDeviceMapping")]
    public List<BlockDeviceMapping> BlockDeviceMappings { get; set; } = [];

    [JsonPropertyName("tagSet")]
    public List<Tag> Tags { get; set; } = [];
}

/// <summary>One block device of an image.</summary>
internal sealed record BlockDeviceMapping
{
    public string? DeviceName { get; set; }

    public EbsBlockDevice? Ebs { get; set; }
}

/// <summary>An EBS volume of an image.</summary>
internal sealed record EbsBlockDevice
{
    public string? SnapshotId { get; set; }

    /// <summary>GiB.</summary>
    public int? VolumeSize { get; set; }

    public string? VolumeType { get; set; }
}
