using Operator.Aws.UserData;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Registrations;
using Operator.Leases;
using Operator.Settings;
using V1ConfigMap = k8s.Models.V1ConfigMap;

namespace Operator.Pools;

/// <summary>Builds the settings of a pool's host script. They contain no secret: user data is readable on the machine.</summary>
internal sealed class HostSettingsFactory(IKubernetesClient client, RunnerReleases releases, PoolScopes scopes, ClusterIdentity cluster)
{
    /// <exception cref="ProviderException">A script named in the pool does not exist, or GitHub does not report the newest runner.</exception>
    public async Task<HostSettings> CreateAsync(V1Alpha1RunnerPool pool, string architecture, CancellationToken cancellationToken)
    {
        var runner = pool.Spec.Runner;
        var scope = await scopes.ReadAsync(pool, cancellationToken);
        var source = runner.PreRunnerScriptFrom;
        return new HostSettings
        {
            ClusterId = cluster.Id,
            MaxRuntime = PoolValidation.TimesOf(runner).MaxRuntime,
            MaxAge = PoolValidation.TimesOf(runner).MaxAge,
            Runner = await releases.FindAsync(scope, runner.Version, runner.Sha256, architecture, cancellationToken),
            IsRunnerPinned = runner.Version is not null,
            IsMetadataBlocked = runner.Metadata == MetadataAccess.Blocked,
            User = runner.User ?? "runner",
            WorkFolder = runner.WorkFolder ?? "_work",
            PreRunnerScript = source?.ConfigMapKeyRef is { } reference
                ? await ReadAsync(pool, reference, cancellationToken) : runner.PreRunnerScript,
            PreRunnerScriptFrom = source is { Url: { } url, Sha256: { } sha256 } ? new(new Uri(url), sha256) : null,
            JobStartedHook = runner.Hooks?.JobStarted,
            JobCompletedHook = runner.Hooks?.JobCompleted,
            Environment = runner.Environment ?? [],
        };
    }

    private async Task<string> ReadAsync(V1Alpha1RunnerPool pool, ConfigMapKeyRef reference, CancellationToken cancellationToken)
    {
        var name = new NamespacedName(pool.Metadata.NamespaceProperty ?? "", reference.Name);
        var map = await client.GetAsync<V1ConfigMap>(name, cancellationToken);
        return map.Entries().GetValueOrDefault(reference.Key)
            ?? throw new ProviderException(
                RunnerPoolReasons.PreRunnerScriptNotFound, $"create the ConfigMap '{name}' with the key '{reference.Key}', or change spec.runner.preRunnerScriptFrom");
    }
}
