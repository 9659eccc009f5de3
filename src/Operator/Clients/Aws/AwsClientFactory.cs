using System.Collections.Concurrent;
using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Operator.Clients.Aws.Protocols;
using Operator.Clients.Ec2;
using Operator.Clients.Ssm;

namespace Operator.Clients.Aws;

/// <inheritdoc cref="IAwsClientFactory"/>
internal sealed class AwsClientFactory(AwsClientOptions options) : IAwsClientFactory, IAwsIdentities, IDisposable
{
    // Role sessions show in CloudTrail under this name.
    private const string RoleSessionName = "ec2runners";

    private const string StsServiceId = "STS";

    private readonly SharedHttpClient _http = new(options);
    private readonly ConcurrentDictionary<AwsAccount, AWSCredentials> _roles = new();
    private readonly ConcurrentDictionary<AwsAccount, IEc2Client> _ec2 = new();
    private readonly ConcurrentDictionary<AwsAccount, ISsmClient> _ssm = new();

    public IEc2Client Ec2(AwsAccount account) => _ec2.GetOrAdd(account, missing => new Ec2Client(
        Connect(missing, Ec2Client.ServiceId, Ec2Client.ServiceVersion, options.Ec2Endpoint, Ec2Client.Protocol)));

    public ISsmClient Ssm(AwsAccount account) => _ssm.GetOrAdd(account, missing => new SsmClient(
        Connect(missing, SsmClient.ServiceId, SsmClient.ServiceVersion, options.SsmEndpoint, SsmClient.Protocol)));

    public async Task<string> WhoAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var region = RegionOf(account, StsServiceId);
        var config = new AmazonSecurityTokenServiceConfig { RegionEndpoint = region, HttpClientFactory = _http };
        if (options.StsEndpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.AuthenticationRegion = region.SystemName;
        }

        try
        {
            using var sts = new AmazonSecurityTokenServiceClient(CredentialsOf(account) ?? new AmbientCredentials(), config);
            return (await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancellationToken)).Arn;
        }
        catch (Exception exception) when (SdkFailures.IsFailure(exception, cancellationToken))
        {
            throw SdkFailures.Describe(exception, StsServiceId, "GetCallerIdentity");
        }
    }

    public void Dispose() => _http.Dispose();

    private AwsServiceClient Connect(AwsAccount account, string serviceId, string serviceVersion, Uri? endpoint, IAwsProtocol protocol)
    {
        var config = new AwsServiceConfig(serviceId, serviceVersion, RegionOf(account, serviceId), endpoint) { HttpClientFactory = _http, Refused = options.Refused };
        if (options.MaxErrorRetry is { } retries)
        {
            config.MaxErrorRetry = retries;
            config.MaxStaleConnectionRetries = Math.Min(retries, config.MaxStaleConnectionRetries);
        }

        if (options.RetryMode is { } mode)
        {
            config.RetryMode = mode;
        }

        return new AwsServiceClient(CredentialsOf(account), config, protocol);
    }

    private RegionEndpoint RegionOf(AwsAccount account, string serviceId)
    {
        var region = account.Region ?? options.Region ?? FallbackRegionFactory.GetRegionEndpoint()?.SystemName;
        return region is null
            ? throw new AwsException(serviceId, AwsErrors.RegionMissing, "No AWS region is configured: set it in the spec, or AWS_REGION for the operator.")
            : RegionEndpoint.GetBySystemName(region);
    }

    // Null lets AWSSDK.Core search its own chain.
    private AWSCredentials? CredentialsOf(AwsAccount account) => account.AssumeRoleArn is null
        ? options.Credentials
        : _roles.GetOrAdd(account, missing => new AssumeRoleAWSCredentials(
            options.Credentials ?? new AmbientCredentials(), missing.AssumeRoleArn, RoleSessionName));
}
