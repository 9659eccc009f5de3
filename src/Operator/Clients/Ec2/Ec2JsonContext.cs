using System.Text.Json.Serialization;
using Operator.Clients.Ec2.Model;

namespace Operator.Clients.Ec2;

/// <summary>The records of EC2's calls and their wire names, for the query protocol.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(CreateFleetRequest))]
[JsonSerializable(typeof(CreateFleetResponse))]
[JsonSerializable(typeof(CreateLaunchTemplateRequest))]
[JsonSerializable(typeof(CreateLaunchTemplateResponse))]
[JsonSerializable(typeof(CreateTagsRequest))]
[JsonSerializable(typeof(CreateTagsResponse))]
[JsonSerializable(typeof(DeleteLaunchTemplateRequest))]
[JsonSerializable(typeof(DeleteLaunchTemplateResponse))]
[JsonSerializable(typeof(DescribeImagesRequest))]
[JsonSerializable(typeof(DescribeImagesResponse))]
[JsonSerializable(typeof(DescribeInstancesRequest))]
[JsonSerializable(typeof(DescribeInstancesResponse))]
[JsonSerializable(typeof(DescribeInstanceTypeOfferingsRequest))]
[JsonSerializable(typeof(DescribeInstanceTypeOfferingsResponse))]
[JsonSerializable(typeof(DescribeInstanceTypesRequest))]
[JsonSerializable(typeof(DescribeInstanceTypesResponse))]
[JsonSerializable(typeof(DescribeLaunchTemplatesRequest))]
[JsonSerializable(typeof(DescribeLaunchTemplatesResponse))]
[JsonSerializable(typeof(DescribeSecurityGroupsRequest))]
[JsonSerializable(typeof(DescribeSecurityGroupsResponse))]
[JsonSerializable(typeof(DescribeSpotPriceHistoryRequest))]
[JsonSerializable(typeof(DescribeSpotPriceHistoryResponse))]
[JsonSerializable(typeof(DescribeSubnetsRequest))]
[JsonSerializable(typeof(DescribeSubnetsResponse))]
[JsonSerializable(typeof(GetConsoleOutputRequest))]
[JsonSerializable(typeof(GetConsoleOutputResponse))]
[JsonSerializable(typeof(RunInstancesRequest))]
[JsonSerializable(typeof(RunInstancesResponse))]
[JsonSerializable(typeof(TerminateInstancesRequest))]
[JsonSerializable(typeof(TerminateInstancesResponse))]
internal sealed partial class Ec2JsonContext : JsonSerializerContext;
