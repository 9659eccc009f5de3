using Operator.Entities.RunnerLeases;
using Operator.GitHub.Registrations;

namespace Operator.Leases;

/// <summary>
/// Registers runners and gets their configurations from GitHub. One that its machine could not be given, because Parameter Store refused it, is kept for the next try instead of
/// being made anew each time: in memory alone, for it is a secret, and no longer than a machine waits for one.
/// </summary>
internal sealed class JitConfigs(IRunnerRegistry registry, ScaleSetRunners scaleSetRunners, TimeProvider timeProvider)
{
    /// <summary>Well within the hour in which GitHub expects such a runner to connect.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(30);

    private readonly ExpiringMap<string, (Cause Cause, JitRegistration Registration)> _kept = new(Memory, timeProvider, StringComparer.Ordinal);

    /// <summary>A registration for a lease's next job.</summary>
    /// <param name="scope">Where, and with which credentials.</param>
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
                ? await scaleSetRunners.RegisterAsync(scope, pool.ScaleSetId, name, pool.WorkFolder, cancellationToken)
                : await registry.RegisterAsync(scope, name, labels!, pool.WorkFolder, cancellationToken),
            cause.ScaleSetId,
            labels)
        {
            Cause = cause,
        };
    }

    /// <summary>The machine has its configuration, or may have it: it is not given out again.</summary>
    public void Forget(V1Alpha1RunnerLease lease) => _kept.Remove(lease.Metadata.Uid!);

    /// <summary>The machine does not have its configuration yet: the next try is made with the same.</summary>
    public void Keep(V1Alpha1RunnerLease lease, JitRegistration registration) => _kept.Set(lease.Metadata.Uid!, (registration.Cause, registration));

    /// <summary>What a registration is made from.</summary>
    internal sealed record Cause(string Name, string Target, long? ScaleSetId, string? Labels, string? WorkFolder);
}

/// <summary>A registration that waits for its machine.</summary>
/// <param name="Runner">The runner, with its configuration.</param>
/// <param name="ScaleSetId">The scale set that it belongs to; null for none.</param>
/// <param name="Labels">Its labels; null for those of its scale set.</param>
internal sealed record JitRegistration(JitRunner Runner, long? ScaleSetId, List<string>? Labels)
{
    /// <summary>What it was made from.</summary>
    public required JitConfigs.Cause Cause { get; init; }
}
