using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Operator.Aws.Clients.AutoScaling;

/// <summary>Writes requests in the form of the query protocol.</summary>
internal sealed class AutoScalingMarshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    private const string Suffix = "Request";

    public static AutoScalingMarshaller Instance { get; } = new();

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, "Amazon.AutoScaling");
        request.Parameters.Add("Action", input.GetType().Name[..^Suffix.Length]);
        request.Parameters.Add("Version", AutoScalingClient.ApiVersion);
        ((AutoScalingRequest)input).Write(new(request.Parameters.Add));
        return request;
    }
}
