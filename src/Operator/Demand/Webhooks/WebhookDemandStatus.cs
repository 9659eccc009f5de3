using System.Collections.Concurrent;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>Whether the webhooks of each pool are reliable, for its condition.</summary>
/// <param name="pools">The pools with webhook demand.</param>
/// <param name="secrets">The secrets that deliveries are verified with.</param>
/// <param name="enqueue">Adds a key to the pool controller's queue when a pool's state has changed.</param>
internal sealed class WebhookDemandStatus(ServingPools pools, WebhookSecrets secrets, Action<NamespacedName> enqueue)
{
    private static readonly DemandState WeakSecret = new(IsOpen: true, RunnerPoolReasons.WebhookSecretWeak,
        $"webhooks can be verified, but {WebhookSecrets.Key} has fewer than 16 characters and can be guessed: replace it with a random one, for example from 'openssl rand -hex 32'");

    private readonly ConcurrentDictionary<string, ProviderException?> _checks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<NamespacedName, DemandState> _reported = new();

    /// <summary>The state of a pool's webhooks.</summary>
    public DemandState StateOf(V1Alpha1RunnerPool pool)
    {
        var all = pools.List();
        var state = all.FirstOrDefault(serving => serving.Key == NamespacedName.From(pool)) is { } serving
            ? StateOf(serving, all)
            : DemandState.Opening;
        _reported[NamespacedName.From(pool)] = state;
        return state;
    }

    /// <summary>
    /// Whether its target has been checked, successfully or not, during this term: before that, leases may be labelled with jobs that have
    /// completed in the meantime.
    /// </summary>
    public bool HasChecked(V1Alpha1RunnerPool pool) =>
        pools.Find(NamespacedName.From(pool)) is { } serving && _checks.ContainsKey(ResyncTarget.KeyOf(serving));

    /// <summary>A target has been checked for queued jobs.</summary>
    /// <param name="target">The target.</param>
    /// <param name="problem">Why the check failed; null if it did not.</param>
    public void Checked(ResyncTarget target, ProviderException? problem)
    {
        var isFirst = !_checks.ContainsKey(target.Key);
        _checks[target.Key] = problem;
        var all = pools.List();
        foreach (var pool in target.Pools)
        {
            if (_reported.TryGetValue(pool.Key, out var reported) && (isFirst || reported != StateOf(pool, all)))
            {
                enqueue(pool.Key);
            }
        }
    }

    /// <summary>A pool is gone.</summary>
    public void Forget(NamespacedName pool) => _reported.TryRemove(pool, out _);

    /// <summary>A target is gone.</summary>
    public void Forget(string target) => _checks.TryRemove(target, out _);

    private DemandState StateOf(ServingPool pool, IReadOnlyList<ServingPool> all)
    {
        var covered = secrets.Covers(pool.Pool);
        var hasChecked = _checks.TryGetValue(ResyncTarget.KeyOf(pool), out var problem);
        return covered == false ? new(IsOpen: false, RunnerPoolReasons.WebhookSecretMissing, $"add {WebhookSecrets.Key} to the Secret "
                + $"'{pool.Pool.Spec.GitHub?.CredentialsSecretName}', or start the operator with --webhook-secret: webhooks cannot be verified, "
                + "and queued jobs are found only by the check once a minute")
            : pool.IsAccepted && pool.Rival(all) is { } rival ? StateBeside(pool, rival)
            : covered is null || !hasChecked ? DemandState.Opening
            : problem is null ? secrets.IsWeak(pool.Pool) ? WeakSecret
                : new(IsOpen: true, RunnerPoolReasons.Ready, "webhooks can be verified, and lost ones are recovered")
            : problem.Reason is GitHubErrors.Forbidden or GitHubErrors.NotFound
                ? new(IsOpen: true, RunnerPoolReasons.ResyncForbidden, "webhooks can be verified, but lost ones cannot be recovered: give the App or token permission to read "
                    + $"actions ({problem.Message})")
            : new(IsOpen: true, RunnerPoolReasons.ResyncFailing, $"webhooks can be verified, but lost ones cannot be recovered at the moment: {problem.Message}");
    }

    private static DemandState StateBeside(ServingPool pool, ServingPool rival) => pool.Key < rival.Key
        ? new(IsOpen: true, RunnerPoolReasons.SharedLabels, $"the RunnerPool '{rival.Key}' has the same URL and labels: this one gets every job")
        : new(IsOpen: false, RunnerPoolReasons.LabelsTaken, $"the RunnerPool '{rival.Key}' has the same URL and labels and gets every job: change the labels of one, or delete it");
}
