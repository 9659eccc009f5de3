using Operator.Clients.Aws;
using Operator.Clients.Ssm.Model;

namespace Operator.Clients.Ssm;

/// <summary>
/// The Systems Manager calls in use, with the names and shapes of <c>IAmazonSimpleSystemsManagement</c> of
/// AWSSDK.SimpleSystemsManagement. Every call throws <see cref="AwsException"/> and nothing else but
/// <see cref="OperationCanceledException"/>; <see cref="SsmErrors"/> says what its code means.
/// </summary>
internal interface ISsmClient
{
    Task<GetParameterResponse> GetParameterAsync(GetParameterRequest request, CancellationToken cancellationToken);

    Task<PutParameterResponse> PutParameterAsync(PutParameterRequest request, CancellationToken cancellationToken);

    Task<DeleteParameterResponse> DeleteParameterAsync(DeleteParameterRequest request, CancellationToken cancellationToken);

    Task<GetParametersByPathResponse> GetParametersByPathAsync(GetParametersByPathRequest request, CancellationToken cancellationToken);
}
