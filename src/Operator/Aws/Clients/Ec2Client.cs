using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Operator.Aws.Clients;

/// <summary>Amazon's client, failing only with <see cref="AwsException"/>.</summary>
/// <param name="credentials">Null: the SDK uses its own chain.</param>
/// <param name="config">Where and how.</param>
/// <param name="refused"><inheritdoc cref="AwsClientOptions.Refused"/></param>
internal sealed class Ec2Client(AWSCredentials? credentials, AmazonEC2Config config, Action<string, string>? refused)
    : AmazonEC2Client(credentials, config), IEc2Client
{
    public const string ServiceId = "EC2";

    // A partially refused fleet is a success on the wire.
    public override async Task<CreateFleetResponse> CreateFleetAsync(CreateFleetRequest request, CancellationToken cancellationToken = default)
    {
        var answer = await base.CreateFleetAsync(request, cancellationToken);
        foreach (var text in answer.Errors.Select(row => row.ErrorMessage).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            refused?.Invoke($"{ServiceId} CreateFleet", text);
        }

        return answer;
    }

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.ReplaceHandler<RetryHandler>(new RetryHandler(new UnthrottledRetryPolicy(Config)));
        pipeline.AddHandler(new FailureHandler(ServiceId, refused));
    }
}
