using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Prices;
using Operator.Runtime;
using Operator.Runtime.Metrics;

namespace Operator.Tests.Aws;

/// <summary>
/// EC2 and Systems Manager for tests of providers: gives what a test put in, a page at a time, and remembers the requests. It
/// does not filter; tests look at the filters that were asked for.
/// </summary>
internal sealed class FakeEc2 : IEc2Client, ISsmClient, IAwsClientFactory
{
    public List<object> Requests { get; } = [];

    public List<Image> Images { get; } = [];

    public List<Subnet> Subnets { get; } = [];

    public List<LaunchTemplate> Templates { get; } = [];

    public List<SecurityGroup> SecurityGroups { get; } = [];

    public List<InstanceTypeInfo> InstanceTypes { get; } = [];

    public List<InstanceTypeOffering> Offerings { get; } = [];

    public Dictionary<string, string> Parameters { get; } = [];

    /// <summary>Thrown by the calls while it is set.</summary>
    public AwsException? Failure { get; set; }

    public int PageSize { get; set; } = 100;

    public IEc2Client Ec2(AwsAccount account) => this;

    public ISsmClient Ssm(AwsAccount account) => this;

    public Operator.Aws.Clients.AutoScaling.IAutoScalingClient AutoScaling(AwsAccount account) => throw new NotSupportedException();

    public SqsClient Sqs() => throw new NotSupportedException();

    public string RegionOf(AwsAccount account) => account.Region ?? "eu-central-1";

    public Task<DescribeImagesResponse> DescribeImagesAsync(DescribeImagesRequest request, CancellationToken cancellationToken) =>
        Answer(request, Images, request.NextToken, (page, next) => new DescribeImagesResponse { Images = page, NextToken = next });

    public Task<DescribeSubnetsResponse> DescribeSubnetsAsync(DescribeSubnetsRequest request, CancellationToken cancellationToken) =>
        Answer(request, Subnets, request.NextToken, (page, next) => new DescribeSubnetsResponse { Subnets = page, NextToken = next });

    public Task<DescribeSecurityGroupsResponse> DescribeSecurityGroupsAsync(DescribeSecurityGroupsRequest request, CancellationToken cancellationToken) =>
        Answer(request, SecurityGroups, request.NextToken, (page, next) => new DescribeSecurityGroupsResponse { SecurityGroups = page, NextToken = next });

    public Task<DescribeInstanceTypesResponse> DescribeInstanceTypesAsync(DescribeInstanceTypesRequest request, CancellationToken cancellationToken) =>
        Answer(request, InstanceTypes, request.NextToken, (page, next) => new DescribeInstanceTypesResponse { InstanceTypes = page, NextToken = next });

    public Task<DescribeInstanceTypeOfferingsResponse> DescribeInstanceTypeOfferingsAsync(
        DescribeInstanceTypeOfferingsRequest request, CancellationToken cancellationToken) => Answer(
            request, Offerings, request.NextToken, (page, next) => new DescribeInstanceTypeOfferingsResponse { InstanceTypeOfferings = page, NextToken = next });

    public List<SpotPrice> SpotPrices { get; } = [];

    /// <summary>What machines cost by this EC2.</summary>
    public PriceProvider Prices(TimeProvider time) => new(
        new(this, new RuntimeEnvironment(time, () => 0, () => Guid.Empty, NullLoggerFactory.Instance, new RuntimeMetrics(new Instruments()))), new(time), this);

    public Task<DescribeSpotPriceHistoryResponse> DescribeSpotPriceHistoryAsync(DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken) => Answer(
        request,
        SpotPrices.Where(price => request.InstanceTypes.Contains(price.InstanceType)).ToList(),
        string.IsNullOrEmpty(request.NextToken) ? null : request.NextToken,
        (page, next) => new DescribeSpotPriceHistoryResponse { SpotPriceHistory = page, NextToken = next ?? "" });

    public async Task<GetParameterResponse> GetParameterAsync(GetParameterRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return Parameters.TryGetValue(request.Name!, out var value)
            ? new GetParameterResponse { Parameter = new() { Name = request.Name, Value = value } }
            : throw new AwsException("SSM", "ParameterNotFound", "none");
    }

    /// <summary>How a fleet is answered.</summary>
    public Func<CreateFleetResponse>? OnCreateFleet { get; set; }

    public async Task<CreateFleetResponse> CreateFleetAsync(CreateFleetRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return OnCreateFleet?.Invoke() ?? throw Unexpected();
    }

    public Task<CreateLaunchTemplateResponse> CreateLaunchTemplateAsync(CreateLaunchTemplateRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        if (Templates.Exists(template => template.LaunchTemplateName == request.LaunchTemplateName))
        {
            throw new AwsException("EC2", "InvalidLaunchTemplateName.AlreadyExistsException", "in use");
        }

        var made = new LaunchTemplate
        {
            LaunchTemplateId = $"lt-{Requests.Count}",
            LaunchTemplateName = request.LaunchTemplateName,
            Tags = [.. request.TagSpecifications.SelectMany(specification => specification.Tags)],
        };
        Templates.Add(made);
        return Task.FromResult(new CreateLaunchTemplateResponse { LaunchTemplate = made });
    }

    public Task<DescribeLaunchTemplatesResponse> DescribeLaunchTemplatesAsync(DescribeLaunchTemplatesRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return Task.FromResult(new DescribeLaunchTemplatesResponse
        {
            LaunchTemplates = [.. Templates.Where(template => request.LaunchTemplateNames is not { Count: > 0 } names || names.Contains(template.LaunchTemplateName))],
        });
    }

    public Task<DeleteLaunchTemplateResponse> DeleteLaunchTemplateAsync(DeleteLaunchTemplateRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        Templates.RemoveAll(template => template.LaunchTemplateId == request.LaunchTemplateId);
        return Task.FromResult(new DeleteLaunchTemplateResponse());
    }

    /// <summary>How a question for instances is answered.</summary>
    public Func<DescribeInstancesRequest, List<Instance>>? OnDescribeInstances { get; set; }

    public async Task<DescribeInstancesResponse> DescribeInstancesAsync(DescribeInstancesRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return OnDescribeInstances is { } answer ? new DescribeInstancesResponse { Reservations = [new() { Instances = answer(request) }] } : throw Unexpected();
    }

    /// <summary>Instances that spot requests tell of: they will be taken back.</summary>
    public HashSet<string> Interrupted { get; } = [];

    /// <summary>How a question for spot requests is refused, if it is.</summary>
    public Operator.Aws.Clients.AwsException? SpotRequestsRefusal { get; set; }

    public async Task<DescribeSpotInstanceRequestsResponse> DescribeSpotInstanceRequestsAsync(DescribeSpotInstanceRequestsRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        var asked = request.Filters.Single(filter => filter.Name == "instance-id").Values;
        return SpotRequestsRefusal is { } refusal
            ? throw refusal
            : new() { SpotInstanceRequests = [.. asked.Where(Interrupted.Contains).Select(id => new SpotInstanceRequest { InstanceId = id })] };
    }

    /// <summary>Ids that EC2 does not know: it refuses any request that names one.</summary>
    public HashSet<string> UnknownInstances { get; } = [];

    /// <summary>Ids that EC2 does not terminate.</summary>
    public HashSet<string> ProtectedInstances { get; } = [];

    public List<InstanceInformation> Agents { get; } = [];

    public List<Command> Commands { get; } = [];

    public GetCommandInvocationResponse Invocation { get; set; } = new() { Status = "InProgress" };

    public async Task<DescribeInstanceInformationResponse> DescribeInstanceInformationAsync(DescribeInstanceInformationRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return new() { InstanceInformationList = Agents };
    }

    public async Task<SendCommandResponse> SendCommandAsync(SendCommandRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        Commands.Add(new() { CommandId = $"command-{Commands.Count + 1}", Comment = request.Comment });
        return new() { Command = Commands[^1] };
    }

    public async Task<ListCommandsResponse> ListCommandsAsync(ListCommandsRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return new() { Commands = Commands };
    }

    public async Task<GetCommandInvocationResponse> GetCommandInvocationAsync(GetCommandInvocationRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return Invocation;
    }

    public async Task<StopInstancesResponse> StopInstancesAsync(StopInstancesRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return new();
    }

    public async Task<StartInstancesResponse> StartInstancesAsync(StartInstancesRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return request.InstanceIds.Any(StarvedInstances.Contains) ? throw new AwsException("EC2", "InsufficientInstanceCapacity", "none") : new();
    }

    /// <summary>Instances that EC2 has no capacity for.</summary>
    public HashSet<string> StarvedInstances { get; } = [];

    public async Task<TerminateInstancesResponse> TerminateInstancesAsync(TerminateInstancesRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return request.InstanceIds.Any(UnknownInstances.Contains)
            ? throw new AwsException("EC2", "InvalidInstanceID.NotFound", "unknown")
            : request.InstanceIds.Any(ProtectedInstances.Contains)
            ? throw new AwsException("EC2", "OperationNotPermitted", "protected")
            : new TerminateInstancesResponse();
    }

    /// <summary>How a launch of instances is answered.</summary>
    public Func<RunInstancesResponse>? OnRunInstances { get; set; }

    public async Task<RunInstancesResponse> RunInstancesAsync(RunInstancesRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return OnRunInstances?.Invoke() ?? throw Unexpected();
    }

    public List<CapacityReservation> Reservations { get; } = [];

    public Task<DescribeCapacityReservationsResponse> DescribeCapacityReservationsAsync(DescribeCapacityReservationsRequest request, CancellationToken cancellationToken) => Answer(
        request, Reservations, request.NextToken, (page, next) => new DescribeCapacityReservationsResponse { CapacityReservations = page, NextToken = next });

    public Task<GetConsoleOutputResponse> GetConsoleOutputAsync(GetConsoleOutputRequest request, CancellationToken cancellationToken) =>
        Console is null ? throw Unexpected() : Task.FromResult(new GetConsoleOutputResponse { InstanceId = request.InstanceId, Output = Console(request.InstanceId) });

    /// <summary>The console of an instance in Base64, empty for none; a call is unexpected without it.</summary>
    public Func<string, string>? Console { get; set; }

    public async Task<CreateTagsResponse> CreateTagsAsync(CreateTagsRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return new CreateTagsResponse();
    }

    public async Task<PutParameterResponse> PutParameterAsync(PutParameterRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        if (Parameters.ContainsKey(request.Name!) && request.Overwrite != true)
        {
            throw new AwsException("SSM", "ParameterAlreadyExists", "it is there");
        }

        Parameters[request.Name!] = request.Value!;
        return new PutParameterResponse();
    }

    public async Task<DeleteParameterResponse> DeleteParameterAsync(DeleteParameterRequest request, CancellationToken cancellationToken)
    {
        await RememberAsync(request);
        return Parameters.Remove(request.Name!) ? new DeleteParameterResponse() : throw new AwsException("SSM", "ParameterNotFound", "none");
    }

    public Task<GetParametersByPathResponse> GetParametersByPathAsync(GetParametersByPathRequest request, CancellationToken cancellationToken) => Answer(
        request,
        Parameters.Where(parameter => parameter.Key.StartsWith(request.Path + "/", StringComparison.Ordinal)).Select(parameter => new Parameter { Name = parameter.Key }).ToList(),
        request.NextToken,
        (page, next) => new GetParametersByPathResponse { Parameters = page, NextToken = next });

    private async Task<TPage> Answer<TItem, TPage>(object request, List<TItem> all, string? token, Func<List<TItem>, string?, TPage> page)
    {
        await RememberAsync(request);
        var start = token is null ? 0 : int.Parse(token);
        var end = start + PageSize;
        return page([.. all.Skip(start).Take(PageSize)], end < all.Count ? $"{end}" : null);
    }

    // Truly asynchronous, so that callers at the same time do meet.
    private async Task RememberAsync(object request)
    {
        Requests.Add(request);
        await Task.Yield();
        if (Failure is { } failure)
        {
            throw failure;
        }
    }

    private static InvalidOperationException Unexpected() => new("no provider here makes this call");
}
