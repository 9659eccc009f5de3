using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.KubernetesContract;

/// <summary>The contract, tried on etcd and kube-apiserver.</summary>
[RealApiServer]
[Collection(RealControlPlane.Collection)]
public sealed class RealKubernetesTests(RealControlPlane controlPlane) : ApiServerContract(controlPlane.Client)
{
    protected override Task CompactAsync(long revision) => controlPlane.CompactAsync(revision);
}
