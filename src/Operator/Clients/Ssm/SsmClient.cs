using Operator.Clients.Aws;
using Operator.Clients.Aws.Protocols;
using Operator.Clients.Ssm.Model;

namespace Operator.Clients.Ssm;

/// <summary>Systems Manager over HTTP.</summary>
internal sealed class SsmClient(AwsServiceClient service) : ISsmClient
{
    public const string ServiceId = "SSM";
    public const string ServiceVersion = "2014-11-06";

    public static readonly IAwsProtocol Protocol = new AwsJsonProtocol("AmazonSSM", SsmJsonContext.Default);

    public Task<GetParameterResponse> GetParameterAsync(GetParameterRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<GetParameterRequest, GetParameterResponse>(request, cancellationToken);

    public Task<PutParameterResponse> PutParameterAsync(PutParameterRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<PutParameterRequest, PutParameterResponse>(request, cancellationToken);

    public Task<DeleteParameterResponse> DeleteParameterAsync(DeleteParameterRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<DeleteParameterRequest, DeleteParameterResponse>(request, cancellationToken);

    public Task<GetParametersByPathResponse> GetParametersByPathAsync(GetParametersByPathRequest request, CancellationToken cancellationToken) =>
        service.SendAsync<GetParametersByPathRequest, GetParametersByPathResponse>(request, cancellationToken);
}
