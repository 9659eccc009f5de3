using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.SecurityToken;

namespace Operator.Clients.Aws;

/// <summary>Configuration of one service for AWSSDK.Core: what a generated service package would bring along.</summary>
internal sealed class AwsServiceConfig : ClientConfig
{
    /// <param name="serviceId">Names the service in <c>AWS_ENDPOINT_URL_…</c>, such as <c>EC2</c>.</param>
    /// <param name="serviceVersion">Its API's version.</param>
    /// <param name="region">Where calls go, and what they are signed for.</param>
    /// <param name="endpoint">Instead of the service's own.</param>
    public AwsServiceConfig(string serviceId, string serviceVersion, RegionEndpoint region, Uri? endpoint)
        : base(new Amazon.Runtime.Internal.DefaultConfigurationProvider(AmazonSecurityTokenServiceDefaultConfiguration.GetAllConfigurations()))
    {
        ServiceVersion = serviceVersion;
        ServiceId = serviceId;
        RegionEndpointServiceName = serviceId.ToLowerInvariant();
        AuthenticationServiceName = RegionEndpointServiceName;
        AuthenticationRegion = region.SystemName;
        RegionEndpoint = region;
        if (endpoint is not null)
        {
            ServiceURL = endpoint.AbsoluteUri;
        }

        _ownEndpoint = $"https://{RegionEndpointServiceName}{(UseFIPSEndpoint ? "-fips" : "")}.{region.SystemName}.{region.PartitionDnsSuffix}/";
    }

    private readonly string _ownEndpoint;

    /// <inheritdoc cref="AwsClientOptions.Refused"/>
    public Action<string, string>? Refused { get; init; }

    public override string ServiceVersion { get; }

    public override string UserAgent => "ec2runners";

    public override string RegionEndpointServiceName { get; }

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) => new(ServiceURL ?? _ownEndpoint);
}
