using Operator.Aws;
using Operator.Entities.RunnerLeases;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;

namespace Operator.Leases;

/// <summary>
/// Registers runners and obtains their JIT configurations from GitHub. A configuration that Parameter Store refused to store is reused by
/// the next attempt instead of registering again. It is kept in memory only, because it is a secret, and no longer than a machine waits for
/// it.
/// </summary>
internal sealed class JitConfigs(IRunnerRegistry registry, ScaleSetRunners scaleSetRunners, TimeProvider timeProvider)
{
    /// <summary>Well within the hour that GitHub gives such a runner to connect.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(30);

    private readonly ExpiringMap<string, (Cause Cause, JitRegistration Registration)> _kept = new(Memory, timeProvider, StringComparer.Ordinal);

    /// <summary>Creates a registration for a lease's next job, or reuses the one kept.</summary>
    /// <param name="scope">Where to register, and with which credentials.</param>
    /// <param name="observed">The lease.</param>
    /// <param name="name">The runner's name.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="ProviderException">GitHub refuses it.</exception>
    public async Task<JitRegistration> GenerateAsync(RunnerScope scope, RunnerLeaseObservation observed, string name, CancellationToken cancellationToken)
    {
        var pool = observed.Pool!;
        var isOfScaleSet = RunnerLeasePlanner.BelongsToScaleSet(observed.Lease, pool);
        List<string>? labels = isOfScaleSet ? null : [.. RunnerLeasePlanner.LabelsFor(observed.Lease, pool)];
        var cause = new Cause(name, scope.Target.WebUrl.AbsoluteUri, isOfScaleSet ? pool.ScaleSetId : null, labels is null ? null : string.Join(',', labels), pool.WorkFolder);
        if (_kept.TryGet(observed.Lease.Metadata.Uid!, out var kept) && kept.Cause == cause)
        {
            return kept.Registration;
        }

        return new(
            isOfScaleSet
                ? await scaleSetRunners.RegisterAsync((GitHubScope)scope, pool.ScaleSetId, name, pool.WorkFolder, cancellationToken)
                : await registry.RegisterAsync(scope, RequestOf(observed, name, labels!), cancellationToken),
            cause.ScaleSetId,
            labels)
        {
            Cause = cause,
        };
    }

    private static RunnerRequest RequestOf(RunnerLeaseObservation observed, string name, IReadOnlyList<string> labels) => new(name, labels, observed.Pool!.WorkFolder)
    {
        Machine = MachineOf(observed.Lease.Status?.Instance, observed.Account()),
        MaxRuntime = ServicePlanner.MaxRuntime(observed.Lease, observed.Pool),
    };

    private static string? MachineOf(LeasedInstance? instance, AwsAccount account) =>
        instance?.Id is not { } id ? null
        : string.Join(", ", new[] { id, instance.Zone ?? account.Region, account.AssumeRoleArn?.Split(':').ElementAtOrDefault(4) is { Length: > 0 } number ? $"account {number}" : null }.OfType<string>());

    /// <summary>The machine has its configuration, or may have it: it is not handed out again.</summary>
    public void Forget(V1Alpha1RunnerLease lease) => _kept.Remove(lease.Metadata.Uid!);

    /// <summary>The machine does not have its configuration yet: the next attempt reuses it.</summary>
    public void Keep(V1Alpha1RunnerLease lease, JitRegistration registration) => _kept.Set(lease.Metadata.Uid!, (registration.Cause, registration));

    /// <summary>The inputs of a registration.</summary>
    internal sealed record Cause(string Name, string Target, long? ScaleSetId, string? Labels, string? WorkFolder);
}

/// <summary>A registration waiting for its machine.</summary>
/// <param name="Runner">The runner, with its configuration.</param>
/// <param name="ScaleSetId">The scale set that it belongs to; null for none.</param>
/// <param name="Labels">Its labels; null for those of its scale set.</param>
internal sealed record JitRegistration(NewRunner Runner, long? ScaleSetId, List<string>? Labels)
{
    /// <summary>The inputs it was created from.</summary>
    public required JitConfigs.Cause Cause { get; init; }
}
