using Operator.Aws.UserData;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Registrations;
using Operator.GitLab;
using Operator.Leases;
using Operator.Settings;
using V1ConfigMap = k8s.Models.V1ConfigMap;

namespace Operator.Pools;

/// <summary>Builds the settings of a pool's host script. They contain no secret: user data is readable on the machine.</summary>
internal sealed class HostSettingsFactory(IKubernetesClient client, RunnerReleases releases, PoolScopes scopes, RunnerSecrets secrets, ClusterIdentity cluster)
{
    private const string ToolCache = "/opt/hostedtoolcache";

    /// <summary>The settings for machines of an architecture.</summary>
    /// <exception cref="ProviderException">GitHub does not report the newest runner, or its build has no checksum.</exception>
    public async Task<HostSettings> CreateAsync(V1Alpha1RunnerPool pool, HostSettings common, TemplateWish wish, CancellationToken cancellationToken)
    {
        var (runner, architecture) = (pool.Spec.Runner, wish.Scope.Architecture!);
        var isPoolOfArm = wish is { Scope.ResourceClassName: null, Class.Spec.Architecture: Architecture.Arm64 };
        var sha256 = architecture == "arm64" && !isPoolOfArm ? runner.Sha256Arm64 : runner.Sha256;
        return pool.Spec.GitHub is null ? common : common with
        {
            Runner = await releases.FindAsync(await scopes.ReadGitHubAsync(pool, cancellationToken), runner.Version, sha256, common.OperatingSystem, architecture, cancellationToken),
        };
    }

    /// <summary>The settings of all machines of a pool.</summary>
    /// <exception cref="ProviderException">A script named in the pool does not exist.</exception>
    public async Task<HostSettings> CreateAsync(V1Alpha1RunnerPool pool, OperatingSystemKind operatingSystem, CancellationToken cancellationToken)
    {
        var runner = pool.Spec.Runner;
        var network = await NetworkOfAsync(pool, cancellationToken);
        var source = runner.PreRunnerScriptFrom;

        // Machines that wait for what is not there would be launched in vain.
        await secrets.ReadAsync(pool.Metadata.NamespaceProperty ?? "", PoolValidation.SecretsOf(runner), cancellationToken);
        return new HostSettings
        {
            OperatingSystem = operatingSystem,
            ClusterId = cluster.Id,
            MaxRuntime = PoolValidation.TimesOf(runner).MaxRuntime,
            MaxAge = PoolValidation.TimesOf(runner).MaxAge,
            IsRunnerPinned = runner.Version is not null,
            IsMetadataBlocked = runner.Metadata == MetadataAccess.Blocked,
            User = runner.User ?? "runner",
            WorkFolder = runner.WorkFolder ?? "_work",
            Storage = runner.Storage?.Type,
            MemoryMiB = runner.Storage is { Type: WorkStorage.Memory, Size: { } size } && QuantityText.TryParse(size, out var bytes) ? Math.Max(1, bytes >> 20) : null,
            PreRunnerScript = source?.ConfigMapKeyRef is { } reference
                ? await ReadAsync(pool, reference, RunnerPoolReasons.PreRunnerScriptNotFound, "preRunnerScriptFrom", cancellationToken) : runner.PreRunnerScript,
            PreRunnerScriptFrom = source is { Url: { } url, Sha256: { } sha256 } ? new(new Uri(url), sha256) : null,
            JobStartedHook = runner.Hooks?.JobStarted,
            JobCompletedHook = runner.Hooks?.JobCompleted,
            HasSecrets = PoolValidation.SecretsOf(runner).Count > 0,
            HasStandardSetup = runner.Setup == RunnerSetup.Standard,
            Patch = runner.Patch ?? RunnerPatch.None,
            Logs = LogsOf(runner.Logs),
            Network = network,
            WarmUp = WarmUps.Of(runner),
            HoldOnFailure = PoolValidation.HoldOf(runner),
            Container = runner.Container is { } container ? ContainerSettings.Of(container) : null,
            Environment = EnvironmentOf(runner, network),
            GitLab = GitLabOf(pool.Spec.GitLab, operatingSystem),
        };
    }

    private static GitLabHost? GitLabOf(GitLabSpec? spec, OperatingSystemKind operatingSystem) =>
        spec is null ? null
        : GitLabTarget.TryCreate(spec.Url, group: null, project: null, out var target, out var problem)
            ? new(target.Root, WireNames.Format(spec.Executor ?? GitLabExecutor.Shell, operatingSystem), spec.Executor == GitLabExecutor.Docker ? spec.Docker?.Image ?? DefaultImageOf(operatingSystem) : "", spec.Docker?.Privileged == true)
        : throw new ProviderException(RunnerPoolReasons.InvalidUrl, $"spec.gitlab: {problem}");

    // Jobs need a shell in it. A container's Windows must be the machine's.
    private static string DefaultImageOf(OperatingSystemKind operatingSystem) =>
        operatingSystem == OperatingSystemKind.Windows ? "mcr.microsoft.com/windows/servercore:ltsc2022" : "alpine:latest";

    // Where setup actions look for tools and put them.
    private static Dictionary<string, string> EnvironmentOf(RunnerSpec runner, HostNetwork? network)
    {
        var variables = new Dictionary<string, string>(network?.Environment() ?? [], StringComparer.Ordinal);
        if (runner.Setup == RunnerSetup.Standard)
        {
            (variables["RUNNER_TOOL_CACHE"], variables["AGENT_TOOLSDIRECTORY"]) = (ToolCache, ToolCache);
        }

        foreach (var (name, value) in runner.Environment ?? [])
        {
            variables[name] = value;
        }

        return variables;
    }

    private static LogTarget? LogsOf(RunnerLogs? logs) => logs switch
    {
        { CloudWatch: { } cloudWatch } => new(LogTargetKind.CloudWatch, cloudWatch.LogGroup),
        { S3: { } s3 } => new(LogTargetKind.S3, $"{s3.Bucket}/{s3.Prefix}"),
        { Loki: { } loki } => new(LogTargetKind.Loki, new Uri(loki.Url).AbsoluteUri),
        { Otlp: { } otlp } => new(LogTargetKind.Otlp, new Uri(otlp.Url).AbsoluteUri),
        _ => null,
    };

    private async Task<HostNetwork?> NetworkOfAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var (proxy, bundle) = (pool.Spec.Runner.Proxy, pool.Spec.Runner.CaBundle);
        var pem = bundle?.ConfigMapKeyRef is { } reference ? await ReadAsync(pool, reference, RunnerPoolReasons.CaBundleUnusable, "caBundle", cancellationToken) : bundle?.Pem;
        return proxy is null && pem is null ? null : new()
        {
            HttpsProxy = proxy?.HttpsProxy,
            HttpProxy = proxy?.HttpProxy,
            NoProxy = proxy?.NoProxy ?? [],
            Authorities = pem is null ? null : CertificateBundle.Read(pem),
        };
    }

    private async Task<string> ReadAsync(V1Alpha1RunnerPool pool, ConfigMapKeyRef reference, string reason, string field, CancellationToken cancellationToken)
    {
        var name = new NamespacedName(pool.Metadata.NamespaceProperty ?? "", reference.Name);
        var map = await client.GetAsync<V1ConfigMap>(name, cancellationToken);
        return map.Entries().GetValueOrDefault(reference.Key)
            ?? throw new ProviderException(
                reason, $"create the ConfigMap '{name}' with the key '{reference.Key}', or change spec.runner.{field}");
    }
}
