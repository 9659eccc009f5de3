using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.SecurityToken;
using Amazon.Util.Internal;

namespace Operator.Aws.Clients.AutoScaling;

/// <summary>What the SDK's core needs to know of the service: its names, for endpoints, signatures and <c>AWS_ENDPOINT_URL_AUTO_SCALING</c>.</summary>
internal sealed class AutoScalingConfig : ClientConfig
{
    private const string Name = "autoscaling";

    // The defaults of retries and time-outs are the same for every service.
    public AutoScalingConfig()
        : base(new DefaultConfigurationProvider(AmazonSecurityTokenServiceDefaultConfiguration.GetAllConfigurations()))
    {
        ServiceId = AutoScalingClient.ServiceId;
        AuthenticationServiceName = Name;
    }

    public override string RegionEndpointServiceName => Name;

    public override string ServiceVersion => AutoScalingClient.ApiVersion;

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString(AutoScalingClient.ServiceId, ServiceSdkVersion);

    private const string ServiceSdkVersion = "4.0";

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) => new(ServiceURL ?? $"https://{HostOf(RegionEndpoint)}/");

    private string HostOf(RegionEndpoint region)
    {
        var suffix = !UseDualstackEndpoint ? region.PartitionDnsSuffix : region.PartitionName == "aws-cn" ? "api.amazonwebservices.com.cn" : "api.aws";
        return $"{Name}{(UseFIPSEndpoint ? "-fips" : "")}.{region.SystemName}.{suffix}";
    }
}
