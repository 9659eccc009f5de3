using Amazon.EC2.Model;
using Amazon.Runtime;
using Operator.Aws;
using Operator.Aws.Clients;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>
/// What the contracts of EC2 and of Systems Manager have in common. The facts run against a server that others may use at the same
/// time: each makes what it needs, under a name of its own, and removes it.
/// </summary>
public abstract class AwsContract : IAsyncLifetime, IDisposable
{
    private readonly AwsClientFactory _factory;
    private readonly List<string> _launched = [];
    private readonly List<string> _templates = [];

    protected AwsContract(Uri endpoint)
    {
        _factory = new AwsClientFactory(new AwsClientOptions
        {
            Region = "us-east-1",
            Ec2Endpoint = endpoint,
            SsmEndpoint = endpoint,
            AutoScalingEndpoint = endpoint,
            SqsEndpoint = endpoint,
            Credentials = new BasicAWSCredentials("AKIDEXAMPLE", "secret"),
            MaxErrorRetry = 0,
        });
        Ec2 = _factory.Ec2(AwsAccount.Default);
        Ssm = _factory.Ssm(AwsAccount.Default);
    }

    private protected IEc2Client Ec2 { get; }

    private protected ISsmClient Ssm { get; }

    private protected IAwsClientFactory Clients => _factory;

    /// <summary>A name that no other test has.</summary>
    protected string Unique { get; } = $"contract-{Guid.NewGuid():N}";

    protected static CancellationToken None => CancellationToken.None;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_launched.Count > 0)
        {
            await Ec2.TerminateInstancesAsync(new() { InstanceIds = _launched }, None);
        }

        foreach (var template in _templates)
        {
            await Ec2.DeleteLaunchTemplateAsync(new() { LaunchTemplateName = template }, None);
        }
    }

    public void Dispose()
    {
        _factory.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<string> AnyImageAsync(string architecture = "x86_64")
    {
        var page = await Ec2.DescribeImagesAsync(
            new() { Owners = ["amazon"], Filters = [new("architecture", [architecture]), new("state", ["available"])] }, None);
        return page.Images.First(image => string.IsNullOrEmpty(image.Platform)).ImageId!;
    }

    private protected async Task<Subnet> AnySubnetAsync() => (await Ec2.DescribeSubnetsAsync(new(), None)).Subnets[0];

    private protected async Task<LaunchTemplate> CreateTemplateAsync(string? clientToken = null)
    {
        var created = await Ec2.CreateLaunchTemplateAsync(await TemplateRequestAsync(clientToken), None);
        if (!_templates.Contains(Unique))
        {
            _templates.Add(Unique);
        }

        return created.LaunchTemplate!;
    }

    private protected async Task<LaunchTemplate> CreateTemplateAsync(CreateLaunchTemplateRequest request)
    {
        var created = await Ec2.CreateLaunchTemplateAsync(request, None);
        _templates.Add(request.LaunchTemplateName!);
        return created.LaunchTemplate!;
    }

    private protected async Task<CreateLaunchTemplateRequest> TemplateRequestAsync(string? clientToken = null) => new()
    {
        ClientToken = clientToken,
        LaunchTemplateName = Unique,
        LaunchTemplateData = new()
        {
            ImageId = await AnyImageAsync(),
            UserData = Convert.ToBase64String("#!/bin/sh"u8),
            InstanceInitiatedShutdownBehavior = "terminate",
            MetadataOptions = new() { HttpTokens = "required", InstanceMetadataTags = "enabled" },
        },
        TagSpecifications = [new() { ResourceType = "launch-template", Tags = [new("contract", Unique)] }],
    };

    private protected void Remember(LaunchTemplate template) => _templates.Add(template.LaunchTemplateName!);

    private protected void Forget(LaunchTemplate template) => _templates.Remove(template.LaunchTemplateName!);

    private protected async Task<CreateFleetRequest> FleetRequestAsync(int count, string? clientToken = null) => new()
    {
        ClientToken = clientToken,
        Type = "instant",
        OnDemandOptions = new() { AllocationStrategy = "lowest-price" },
        LaunchTemplateConfigs =
        [
            new()
            {
                LaunchTemplateSpecification = new() { LaunchTemplateName = Unique, Version = "$Latest" },
                Overrides = [new() { InstanceType = "m5.large", SubnetId = (await AnySubnetAsync()).SubnetId }],
            },
        ],
        TargetCapacitySpecification = new() { TotalTargetCapacity = count, OnDemandTargetCapacity = count, SpotTargetCapacity = 0, DefaultTargetCapacityType = "on-demand" },
        TagSpecifications = [new() { ResourceType = "instance", Tags = [new("contract", Unique)] }],
    };

    private protected async Task<List<string>> LaunchAsync(CreateFleetRequest request)
    {
        var fleet = await Ec2.CreateFleetAsync(request, None);
        Assert.Empty(fleet.Errors);
        return Launched(fleet.Instances.SelectMany(instance => instance.InstanceIds));
    }

    /// <summary>Remembers machines that are to be terminated at the end.</summary>
    private protected List<string> Launched(IEnumerable<string> ids)
    {
        var list = ids.ToList();
        _launched.AddRange(list.Except(_launched));
        return list;
    }
}
