using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SimpleSystemsManagement;

namespace Operator.Aws.Clients;

/// <summary>Amazon's client, failing only with <see cref="AwsException"/>.</summary>
/// <param name="credentials">Null: the SDK uses its own chain.</param>
/// <param name="config">Where and how.</param>
/// <param name="refused"><inheritdoc cref="AwsClientOptions.Refused"/></param>
internal sealed class SsmClient(AWSCredentials? credentials, AmazonSimpleSystemsManagementConfig config, Action<string, string>? refused)
    : AmazonSimpleSystemsManagementClient(credentials, config), ISsmClient
{
    public const string ServiceId = "SSM";

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.ReplaceHandler<RetryHandler>(new RetryHandler(new UnthrottledRetryPolicy(Config)));
        pipeline.AddHandler(new FailureHandler(ServiceId, refused));
    }
}
