using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace Operator.Aws.Clients.AutoScaling;

/// <summary>
/// EC2 Auto Scaling by its query protocol on the SDK's core, which signs, retries and finds endpoints and credentials as for every service. Fails only with
/// <see cref="AwsException"/>.
/// </summary>
/// <param name="credentials">Null: the SDK uses its own chain.</param>
/// <param name="config">Where and how.</param>
/// <param name="refused"><inheritdoc cref="AwsClientOptions.Refused"/></param>
internal sealed class AutoScalingClient(AWSCredentials? credentials, AutoScalingConfig config, Action<string, string>? refused)
    : AmazonServiceClient(credentials, config), IAutoScalingClient
{
    public const string ServiceId = "Auto Scaling";

    public const string ApiVersion = "2011-01-01";

    public async Task<DescribeAutoScalingGroupsResponse> DescribeAutoScalingGroupsAsync(DescribeAutoScalingGroupsRequest request, CancellationToken cancellationToken) =>
        AutoScalingAnswers.Groups(await SendAsync(request, cancellationToken));

    public async Task<IReadOnlyList<Activity>> DescribeScalingActivitiesAsync(DescribeScalingActivitiesRequest request, CancellationToken cancellationToken) =>
        AutoScalingAnswers.Activities(await SendAsync(request, cancellationToken));

    public async Task<IReadOnlyList<LifecycleHook>> DescribeLifecycleHooksAsync(DescribeLifecycleHooksRequest request, CancellationToken cancellationToken) =>
        AutoScalingAnswers.Hooks(await SendAsync(request, cancellationToken));

    public Task CreateAutoScalingGroupAsync(CreateAutoScalingGroupRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task UpdateAutoScalingGroupAsync(UpdateAutoScalingGroupRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task DeleteAutoScalingGroupAsync(DeleteAutoScalingGroupRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task CreateOrUpdateTagsAsync(CreateOrUpdateTagsRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task PutLifecycleHookAsync(PutLifecycleHookRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task SuspendProcessesAsync(SuspendProcessesRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task SetDesiredCapacityAsync(SetDesiredCapacityRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task SetInstanceProtectionAsync(SetInstanceProtectionRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task EnterStandbyAsync(EnterStandbyRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task ExitStandbyAsync(ExitStandbyRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task TerminateInstanceInAutoScalingGroupAsync(TerminateInstanceInAutoScalingGroupRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task CompleteLifecycleActionAsync(CompleteLifecycleActionRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    public Task RecordLifecycleActionHeartbeatAsync(RecordLifecycleActionHeartbeatRequest request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.ReplaceHandler<RetryHandler>(new RetryHandler(new UnthrottledRetryPolicy(Config)));
        pipeline.AddHandlerAfter<Marshaller>(new SignatureV4());
        pipeline.AddHandler(new FailureHandler(ServiceId, refused));
    }

    private async Task<XElement> SendAsync(AutoScalingRequest request, CancellationToken cancellationToken)
    {
        var options = new InvokeOptions { RequestMarshaller = AutoScalingMarshaller.Instance, ResponseUnmarshaller = AutoScalingUnmarshaller.Instance };
        return (await InvokeAsync<AutoScalingResponse>(request, options, cancellationToken)).Result;
    }

    // Every call of the service is signed alike.
    private sealed class SignatureV4 : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
    }
}

/// <summary>An answer.</summary>
internal sealed class AutoScalingResponse : AmazonWebServiceResponse
{
    /// <summary>What is in it; empty for calls without output.</summary>
    public XElement Result { get; init; } = new("Result");
}
