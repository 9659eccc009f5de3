using Amazon.SimpleSystemsManagement.Model;

namespace Operator.Aws.Clients;

/// <summary>
/// The calls of <c>IAmazonSimpleSystemsManagement</c> in use. Every call throws only <see cref="AwsException"/> (see <see
/// cref="SsmErrors"/> for its codes) and <see cref="OperationCanceledException"/>. Lists are never null.
/// </summary>
internal interface ISsmClient
{
    Task<GetParameterResponse> GetParameterAsync(GetParameterRequest request, CancellationToken cancellationToken);

    Task<PutParameterResponse> PutParameterAsync(PutParameterRequest request, CancellationToken cancellationToken);

    Task<DeleteParameterResponse> DeleteParameterAsync(DeleteParameterRequest request, CancellationToken cancellationToken);

    Task<DescribeInstanceInformationResponse> DescribeInstanceInformationAsync(DescribeInstanceInformationRequest request, CancellationToken cancellationToken);

    Task<SendCommandResponse> SendCommandAsync(SendCommandRequest request, CancellationToken cancellationToken);

    Task<ListCommandsResponse> ListCommandsAsync(ListCommandsRequest request, CancellationToken cancellationToken);

    Task<GetCommandInvocationResponse> GetCommandInvocationAsync(GetCommandInvocationRequest request, CancellationToken cancellationToken);

    Task<GetParametersByPathResponse> GetParametersByPathAsync(GetParametersByPathRequest request, CancellationToken cancellationToken);
}
