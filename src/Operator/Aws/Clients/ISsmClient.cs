using Amazon.SimpleSystemsManagement.Model;

namespace Operator.Aws.Clients;

/// <summary>
/// The calls of <c>IAmazonSimpleSystemsManagement</c> that are in use. Every call throws <see cref="AwsException"/> and nothing else but
/// <see cref="OperationCanceledException"/>; <see cref="SsmErrors"/> says what its code means. Lists are never null.
/// </summary>
internal interface ISsmClient
{
    Task<GetParameterResponse> GetParameterAsync(GetParameterRequest request, CancellationToken cancellationToken);

    Task<PutParameterResponse> PutParameterAsync(PutParameterRequest request, CancellationToken cancellationToken);

    Task<DeleteParameterResponse> DeleteParameterAsync(DeleteParameterRequest request, CancellationToken cancellationToken);

    Task<GetParametersByPathResponse> GetParametersByPathAsync(GetParametersByPathRequest request, CancellationToken cancellationToken);
}
