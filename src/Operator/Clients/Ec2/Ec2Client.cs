using Operator.Clients.Aws;
using Operator.Clients.Aws.Protocols;
using Operator.Clients.Ec2.Model;

namespace Operator.Clients.Ec2;

/// <summary>EC2 over HTTP.</summary>
internal sealed class Ec2Client(AwsServiceClient service) : IEc2Client
{
    public const string ServiceId = "EC2";
    public const string ServiceVersion = "2016-11-15";

    public static readonly Ec2QueryProtocol Protocol = new(ServiceVersion, Ec2JsonContext.Default);

    public async Task<CreateFleetResponse> CreateFleetAsync(CreateFleetRequest request, CancellationToken cancellationToken)
    {
        var answer = await service.SendAsync<CreateFleetRequest, CreateFleetResponse>(request, cancellationToken);
        foreach (var text in answer.Errors.Select(row => row.ErrorMessage).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            service.NoteRefusal("CreateFleet", text);
        }

        return answer;
    }

    public Task<CreateLaunchTemplateResponse> CreateLaunchTemplateAsync(
        CreateLaunchTemplateRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<CreateLaunchTemplateRequest, CreateLaunchTemplateResponse>(request, cancellationToken);

    public Task<DescribeLaunchTemplatesResponse> DescribeLaunchTemplatesAsync(
        DescribeLaunchTemplatesRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeLaunchTemplatesRequest, DescribeLaunchTemplatesResponse>(request, cancellationToken);

    public Task<DeleteLaunchTemplateResponse> DeleteLaunchTemplateAsync(
        DeleteLaunchTemplateRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DeleteLaunchTemplateRequest, DeleteLaunchTemplateResponse>(request, cancellationToken);

    public Task<DescribeInstancesResponse> DescribeInstancesAsync(DescribeInstancesRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeInstancesRequest, DescribeInstancesResponse>(request, cancellationToken);

    public Task<RunInstancesResponse> RunInstancesAsync(RunInstancesRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<RunInstancesRequest, RunInstancesResponse>(request, cancellationToken);

    public Task<TerminateInstancesResponse> TerminateInstancesAsync(
        TerminateInstancesRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<TerminateInstancesRequest, TerminateInstancesResponse>(request, cancellationToken);

    public Task<GetConsoleOutputResponse> GetConsoleOutputAsync(GetConsoleOutputRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<GetConsoleOutputRequest, GetConsoleOutputResponse>(request, cancellationToken);

    public Task<CreateTagsResponse> CreateTagsAsync(CreateTagsRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<CreateTagsRequest, CreateTagsResponse>(request, cancellationToken);

    public Task<DescribeImagesResponse> DescribeImagesAsync(DescribeImagesRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeImagesRequest, DescribeImagesResponse>(request, cancellationToken);

    public Task<DescribeSubnetsResponse> DescribeSubnetsAsync(DescribeSubnetsRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeSubnetsRequest, DescribeSubnetsResponse>(request, cancellationToken);

    public Task<DescribeSecurityGroupsResponse> DescribeSecurityGroupsAsync(
        DescribeSecurityGroupsRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResponse>(request, cancellationToken);

    public Task<DescribeInstanceTypesResponse> DescribeInstanceTypesAsync(
        DescribeInstanceTypesRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeInstanceTypesRequest, DescribeInstanceTypesResponse>(request, cancellationToken);

    public Task<DescribeInstanceTypeOfferingsResponse> DescribeInstanceTypeOfferingsAsync(
        DescribeInstanceTypeOfferingsRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResponse>(request, cancellationToken);

    public Task<DescribeSpotPriceHistoryResponse> DescribeSpotPriceHistoryAsync(
        DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DescribeSpotPriceHistoryRequest, DescribeSpotPriceHistoryResponse>(request, cancellationToken);
}
