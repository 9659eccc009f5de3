using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Runtime.Client;
using V1Lease = k8s.Models.V1Lease;
using V1LeaseSpec = k8s.Models.V1LeaseSpec;

namespace Operator.Runtime.LeaderElection;

/// <summary>
/// Acquires, renews and releases one lease by compare-and-set on its resource version. Other processes' clocks are never trusted: a lease
/// has expired if this process has not seen it change for its duration.
/// </summary>
internal sealed class LeaseHold(IKubernetesClient client, LeaderElectionOptions options, TimeProvider time)
{
    private V1Lease? _observed;
    private long _observedAt;
    private long _renewedAt;

    /// <summary>The last known holder of the lease.</summary>
    public string? Holder => _observed?.Spec?.HolderIdentity is { Length: > 0 } holder ? holder : null;

    /// <summary>Whether this process holds the lease, as last seen. Does not imply that it has not expired.</summary>
    public bool IsHeld => Holder == options.Identity;

    /// <summary>Time since the start of the last successful renewal: standbys measure from that time or later.</summary>
    public TimeSpan SinceRenewal => time.GetElapsedTime(_renewedAt);

    /// <summary>The start of the last successful renewal, as a timestamp.</summary>
    public long RenewedAt => _renewedAt;

    /// <summary>Time until another process's lease expires unless renewed; zero or less if it may be acquired.</summary>
    public TimeSpan UntilExpiry =>
        OutsideTimes.PauseOf(_observed?.Spec?.LeaseDurationSeconds ?? options.LeaseDuration.TotalSeconds) - time.GetElapsedTime(_observedAt);

    /// <summary>Acquires the lease if it is free, renews it if it is held, and returns whether it is held now.</summary>
    public async Task<bool> TryHoldAsync(CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        try
        {
            // The holder knows the lease, because no other process writes it. If that is wrong there is a conflict, and the next attempt
            // reads it.
            if (!IsHeld)
            {
                Observe(await client.GetAsync<V1Lease>(options.Lease, cancellationToken));
            }

            if (_observed is not null && !IsHeld && Holder is not null && UntilExpiry > TimeSpan.Zero)
            {
                return false;
            }

            Observe(await WriteAsync(cancellationToken));
            _renewedAt = begun;
            return true;
        }
        catch (KubernetesApiException e) when (e.IsConflict || e.IsAlreadyExists || e.IsNotFound)
        {
            Observe(await client.GetAsync<V1Lease>(options.Lease, cancellationToken));
            return false;
        }
    }

    /// <summary>Releases the lease, so that another process can acquire it immediately.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = _observed?.Metadata.ResourceVersion },
            ["spec"] = new JsonObject { ["holderIdentity"] = "" },
        };
        Observe(await client.PatchAsync<V1Lease>(options.Lease, patch, null, cancellationToken));
    }

    private async Task<V1Lease> WriteAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var spec = new V1LeaseSpec
        {
            HolderIdentity = options.Identity,
            LeaseDurationSeconds = (int)Math.Ceiling(options.LeaseDuration.TotalSeconds),
            AcquireTime = IsHeld ? _observed?.Spec?.AcquireTime : now.UtcDateTime,
            RenewTime = now.UtcDateTime,
            LeaseTransitions = (_observed?.Spec?.LeaseTransitions ?? -1) + (IsHeld ? 0 : 1),
        };
        if (_observed is null)
        {
            var lease = new V1Lease { Metadata = new() { Name = options.Lease.Name, NamespaceProperty = options.Lease.Namespace }, Spec = spec };
            return await client.CreateAsync(lease, cancellationToken);
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = _observed.Metadata.ResourceVersion },
            ["spec"] = JsonSerializer.SerializeToNode(spec, client.SerializerOptions.TypeInfo<V1LeaseSpec>()),
        };
        return await client.PatchAsync<V1Lease>(options.Lease, patch, null, cancellationToken);
    }

    private void Observe(V1Lease? lease)
    {
        // A label added to the lease by someone is no sign of life.
        if (lease?.Spec is not { } spec || _observed?.Spec is not { } known
            || (spec.HolderIdentity, spec.RenewTime, spec.LeaseTransitions) != (known.HolderIdentity, known.RenewTime, known.LeaseTransitions))
        {
            _observedAt = time.GetTimestamp();
        }

        _observed = lease;
    }
}
