using Operator.Entities.RunnerPools;
using Operator.Providers.UserData;
using Operator.Runtime.Client.Models;

namespace Operator.Controllers.RunnerPools;

/// <summary>Gathers what the host script of a pool needs to know.</summary>
internal sealed class HostSettingsFactory(IKubernetesClient client, ClusterIdentity cluster)
{
    /// <exception cref="ProviderException">A script that the pool names does not exist.</exception>
    public async Task<HostSettings> CreateAsync(V1Alpha1RunnerPool pool, string architecture, CancellationToken cancellationToken)
    {
        throw new NotSupportedException();
    }
}
