using Amazon;
using Amazon.EC2;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SQS;
using Operator.Aws.Clients.AutoScaling;

namespace Operator.Aws.Clients;

/// <inheritdoc cref="IAwsClientFactory"/>
internal sealed class AwsClientFactory(AwsClientOptions options) : IAwsClientFactory, IAwsIdentities, IDisposable
{
    /// <summary>After that long without a call, the clients of an account and region are dropped: pools may name any.</summary>
    private static readonly TimeSpan Unused = TimeSpan.FromDays(1);

    // The role session name in CloudTrail, and the application name in the user agent.
    private const string Name = "ec2runners";

    private const string StsServiceId = "STS";

    private readonly SharedHttpClient _http = new(options);
    private readonly ExpiringMap<AwsAccount, AWSCredentials> _roles = new(Unused, options.Time);
    private readonly ExpiringMap<AwsAccount, IEc2Client> _ec2 = new(Unused, options.Time);
    private readonly ExpiringMap<AwsAccount, ISsmClient> _ssm = new(Unused, options.Time);
    private readonly ExpiringMap<AwsAccount, IAutoScalingClient> _autoScaling = new(Unused, options.Time);
    private SqsClient? _sqs;

    // Process-wide, and read when a response is created: lists are then empty instead of null.
    static AwsClientFactory() => AWSConfigs.InitializeCollections = true;

    public IEc2Client Ec2(AwsAccount account) => _ec2.GetOrRenew(account, () => new Ec2Client(
        CredentialsOf(account), Configure(new AmazonEC2Config(), account, Ec2Client.ServiceId, options.Ec2Endpoint), options.Refused));

    public ISsmClient Ssm(AwsAccount account) => _ssm.GetOrRenew(account, () => new SsmClient(
        CredentialsOf(account), Configure(new AmazonSimpleSystemsManagementConfig(), account, SsmClient.ServiceId, options.SsmEndpoint), options.Refused));

    public IAutoScalingClient AutoScaling(AwsAccount account) => _autoScaling.GetOrRenew(account, () => new AutoScalingClient(
        CredentialsOf(account) ?? new AmbientCredentials(), Configure(new AutoScalingConfig(), account, AutoScalingClient.ServiceId, options.AutoScalingEndpoint), options.Refused));

    public SqsClient Sqs() => LazyInitializer.EnsureInitialized(ref _sqs, () => new SqsClient(
        CredentialsOf(AwsAccount.Default), Configure(new AmazonSQSConfig(), AwsAccount.Default, SqsClient.ServiceId, options.SqsEndpoint), options.Refused));

    public async Task<string> WhoAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        try
        {
            using var sts = Sts(account, CredentialsOf(account));
            return (await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancellationToken)).Arn;
        }
        catch (Exception exception) when (SdkFailures.IsFailure(exception, cancellationToken))
        {
            throw SdkFailures.Describe(exception, StsServiceId, "GetCallerIdentity");
        }
    }

    public string? DefaultRegion => options.Region ?? FallbackRegionFactory.GetRegionEndpoint()?.SystemName;

    public string RegionOf(AwsAccount account) => account.Region ?? DefaultRegion ?? "a region that is not configured";

    public void Dispose() => _http.Dispose();

    private AmazonSecurityTokenServiceClient Sts(AwsAccount account, AWSCredentials? credentials) => new(
        credentials ?? new AmbientCredentials(), Configure(new AmazonSecurityTokenServiceConfig(), account, StsServiceId, options.StsEndpoint));

    private TConfig Configure<TConfig>(TConfig config, AwsAccount account, string serviceId, Uri? endpoint)
        where TConfig : ClientConfig
    {
        var region = EndpointOf(account, serviceId);
        config.RegionEndpoint = region;
        config.AuthenticationRegion = region.SystemName;
        config.HttpClientFactory = _http;
        config.ClientAppId = $"{Name}-{OperatorVersion.Number}";
        if (endpoint is not null)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
        }

        if (config.ServiceURL is not null)
        {
            // An explicit endpoint wins. The SDK rejects it together with FIPS or dual-stack, which may be set for the other services.
            (config.UseFIPSEndpoint, config.UseDualstackEndpoint) = (false, false);
        }

        if (options.MaxErrorRetry is { } retries)
        {
            config.MaxErrorRetry = retries;
            config.MaxStaleConnectionRetries = Math.Min(retries, config.MaxStaleConnectionRetries);
        }

        return config;
    }

    private RegionEndpoint EndpointOf(AwsAccount account, string serviceId)
    {
        var region = account.Region ?? DefaultRegion;
        return region is null
            ? throw new AwsException(serviceId, AwsErrors.RegionMissing, "No AWS region is configured: set it in the spec, or AWS_REGION for the operator.")
            : RegionEndpoint.GetBySystemName(region);
    }

    // Null makes the SDK use its own chain.
    private AWSCredentials? CredentialsOf(AwsAccount account) => account.AssumeRoleArn is null
        ? options.Credentials
        : _roles.GetOrRenew(account, () => new AssumedRole(() => Sts(account, options.Credentials), account.AssumeRoleArn!, Name, options.ExternalId, options.Time));
}
