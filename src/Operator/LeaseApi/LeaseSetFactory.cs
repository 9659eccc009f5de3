using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeaseSets;
using Operator.LeaseApi.Tokens;
using Operator.LeaseSets;

namespace Operator.LeaseApi;

/// <summary>
/// Sets as the API stores them. The name comes from the token's id, so that a token makes one set at most, on whichever replica it is used: the API server takes a name once.
/// Pure.
/// </summary>
internal static class LeaseSetFactory
{
    private const int HashLength = 20;

    /// <summary>The set of a request.</summary>
    public static V1Alpha1RunnerLeaseSet Create(NamespacedName pool, RunnerLeaseSetSpec spec, RunIdentity run, LeaseRequest request, string? key)
    {
        spec.Holder = new()
        {
            Kind = LeaseHolders.WorkflowRun,
            Repository = run.Repository,
            RepositoryId = run.RepositoryId,
            RunId = run.RunId,
            RunAttempt = run.RunAttempt,
            Actor = run.Actor,
        };
        var set = new V1Alpha1RunnerLeaseSet
        {
            Metadata = new()
            {
                Name = NameOf(run),
                NamespaceProperty = pool.Namespace,
                Labels = new() { [Labels.RepositoryId] = run.RepositoryId, [Labels.RunId] = run.RunId },
                Annotations = new() { [Annotations.Issuer] = run.Issuer, [Annotations.Request] = HashOf(request) },
                Finalizers = [Finalizers.LeaseSet],
            },
            Spec = spec,
        };
        if (key is not null)
        {
            set.Metadata.Labels[Labels.RequestKey] = KeyOf(run, key);
        }

        return set;
    }

    /// <summary>The name of the one set that a token may make.</summary>
    public static string NameOf(RunIdentity run) => $"run-{run.RunId}-{Hash(run.Issuer, run.TokenId)}";

    /// <summary>What an Idempotency-Key of a run's attempt is stored as.</summary>
    public static string KeyOf(RunIdentity run, string key) => Hash(run.Issuer, run.RepositoryId, run.RunId, $"{run.RunAttempt}", key);

    /// <summary>What a request is recognized by.</summary>
    public static string HashOf(LeaseRequest request) => Hash(JsonSerializer.Serialize(request, LeaseApiJson.Default.LeaseRequest));

    /// <summary>Whether a set is a run's, by ids.</summary>
    public static bool IsOf(V1Alpha1RunnerLeaseSet set, RunIdentity run) =>
        set.Metadata.Labels?.GetValueOrDefault(Labels.RepositoryId) == run.RepositoryId && set.Metadata.Labels.GetValueOrDefault(Labels.RunId) == run.RunId
        && set.Metadata.Annotations?.GetValueOrDefault(Annotations.Issuer) == run.Issuer;

    /// <summary>A set's id in addresses.</summary>
    public static string IdOf(V1Alpha1RunnerLeaseSet set) => $"{set.Metadata.NamespaceProperty}.{set.Metadata.Name}";

    /// <summary>Reads an id; null where it is none.</summary>
    public static NamespacedName? Read(string id)
    {
        var dot = id.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && dot < id.Length - 1 && id.Length <= 127 && id.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.')
            ? new(id[..dot], id[(dot + 1)..]) : null;
    }

    /// <summary>A set as the API shows it.</summary>
    public static LeaseAnswer Show(V1Alpha1RunnerLeaseSet set)
    {
        var status = set.Status;
        var ready = ConditionList.Find(status?.Conditions, RunnerLeaseSetConditions.Ready);
        var state = status?.Phase == RunnerLeaseSetPhases.Failed ? RunnerLeaseSetPhases.Failed
            : set.Spec.Holder is null || set.Metadata.DeletionTimestamp is not null ? RunnerLeaseSetPhases.Released
            : status?.Phase ?? RunnerLeaseSetPhases.Provisioning;
        return new(
            IdOf(set),
            state,
            ready?.Reason ?? RunnerLeaseSetReasons.Provisioning,
            ready?.Message ?? "",
            $"{set.Metadata.NamespaceProperty}/{set.Spec.PoolName}",
            RunnerLeaseSetPlanner.LabelsOf(set),
            RunnerLeaseSetPlanner.CountOf(set),
            status?.ReadyCount ?? 0)
        {
            CreatedAt = set.Metadata.CreationTimestamp,
            ReadyAt = status?.ReadyAt,
            ExpiresAt = status?.ReadyAt + Durations.Parse(set.Spec.Ttl),
            Machines = [.. (status?.Machines ?? []).Select(machine => new LeaseMachine(machine.Lease, machine.InstanceId, machine.Type, machine.Zone, machine.UsageClass))],
        };
    }

    // Parts are told apart by what none of them can hold.
    private static string Hash(params ReadOnlySpan<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..HashLength];
}
