using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>
/// Checks whether GitHub accepts a pool's credentials. A slow check blocks no worker: the previous answer stays valid until then. Pools
/// that share a Secret share the result: a credential refused in any call requeues all of them.
/// </summary>
internal sealed class CredentialsValidator : IDisposable
{
    /// <summary>How often the Secret is reread while a check fails, so that a fix takes effect quickly.</summary>
    public static readonly TimeSpan Reread = TimeSpan.FromSeconds(5);

    /// <summary>The sweeps list runners more often than this, so the check costs no extra call.</summary>
    private static readonly TimeSpan ListAge = TimeSpan.FromMinutes(1);

    /// <summary>Maximum time a reconcile waits for GitHub; it occupies a worker meanwhile. GitHub answers in a fraction of that.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(500);

    /// <summary>Refused credentials are not retried sooner.</summary>
    private static readonly TimeSpan Refused = TimeSpan.FromSeconds(20);

    /// <summary>Pools are prepared more often than this; replaced credentials are not checked again.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly PoolScopes _scopes;
    private readonly IRunnerRegistry _registry;
    private readonly CredentialRefusals _refusals;
    private readonly ControllerQueues _queues;
    private readonly TimeProvider _time;
    private readonly ExpiringMap<(ForgeTarget, ForgeCredentials), Check> _late;
    private readonly ExpiringMap<(ForgeTarget, ForgeCredentials), bool> _passed;
    private readonly ExpiringMap<(ForgeTarget, ForgeCredentials), Failure> _failures;
    private readonly ExpiringMap<NamespacedName, User> _users;

    public CredentialsValidator(
        PoolScopes scopes, IRunnerRegistry registry, CredentialRefusals refusals, ControllerQueues queues, TimeProvider timeProvider)
    {
        (_scopes, _registry, _refusals, _queues, _time) = (scopes, registry, refusals, queues, timeProvider);
        (_late, _passed, _failures, _users) = (new(Memory, timeProvider), new(Memory, timeProvider), new(Memory, timeProvider), new(Memory, timeProvider));
        refusals.Follow(this, Wake);
    }

    public void Dispose() => _refusals.Leave(this);

    /// <summary>Succeeds if GitHub accepts the credentials, or accepted them last time and has not answered yet.</summary>
    /// <returns>When to check again; null if GitHub has answered.</returns>
    /// <exception cref="CredentialsPendingException">GitHub has not answered its first check yet.</exception>
    /// <exception cref="ProviderException">The credentials are missing, GitHub rejects them, or it does not answer.</exception>
    public async Task<TimeSpan?> ValidateAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var name = NamespacedName.From(pool);
        var isFailing = _users.TryGet(name, out var user) && user.IsFailing;
        try
        {
            var scope = await _scopes.ReadAsync(pool, isFailing ? Reread / 2 : null, cancellationToken);
            user = new(CredentialAtHost.From(scope.Target, scope.Credentials), isFailing);
            _users.Set(name, user);

            // A previous process may have had an answer for this spec, which counts until this one has its own.
            var recheck = await ValidateAsync(scope, AcceptedCredentials.Has(pool), cancellationToken);
            _users.Set(name, user with { IsFailing = false });
            return recheck;
        }
        catch (ProviderException e) when (e is not CredentialsPendingException)
        {
            _users.Set(name, new(user?.Credential, IsFailing: true));
            throw;
        }
    }

    private async Task<TimeSpan?> ValidateAsync(RunnerScope scope, bool wasAccepted, CancellationToken cancellationToken)
    {
        var key = (scope.Target, scope.Credentials);
        ThrowIfRefused(scope);
        var late = _late.TryGet(key, out var known) ? known : null;
        var check = late ?? new Check(_registry.ListInBackgroundAsync(scope, ListAge, CancellationToken.None), _time.GetTimestamp());
        try
        {
            await check.Answer.WaitAsync(late is null ? MaxWait : TimeSpan.Zero, _time, cancellationToken);
            _passed.Set(key, true);
            _late.Remove(key);
            _failures.Remove(key);
            return null;
        }
        catch (TimeoutException) when (!check.Answer.IsCompleted)
        {
            _late.Set(key, check);
            return _passed.Contains(key) || wasAccepted ? ForgeBulkhead.Slow
                : _time.GetElapsedTime(check.BegunAt) >= ForgeBulkhead.Slow ? throw ForgeBulkhead.Refusal(scope.Target)
                : throw new CredentialsPendingException(scope.Target, MaxWait);
        }
        catch (Exception e) when (check.Answer.IsFaulted)
        {
            _passed.Remove(key);
            _late.Remove(key);
            if (e is ProviderException failure)
            {
                _failures.Set(key, new(failure, _time.GetUtcNow() + (failure.RetryAfter ?? Refused)));
            }

            throw;
        }
    }

    private void ThrowIfRefused(RunnerScope scope)
    {
        var now = _time.GetUtcNow();
        if (_refusals.RefusalOf(CredentialAtHost.From(scope.Target, scope.Credentials)) is { } refusal && now < refusal.At + Refused)
        {
            throw RegistryFailures.From(scope.Target, refusal.Cause);
        }

        if (_failures.TryGet((scope.Target, scope.Credentials), out var failure) && now < failure.Until)
        {
            throw failure.Cause;
        }
    }

    private void Wake(CredentialAtHost credential)
    {
        foreach (var (pool, _) in _users.Entries.Where(entry => entry.Value.Credential == credential))
        {
            _queues.Pools.Add(pool);
        }
    }

    private sealed record Check(Task Answer, long BegunAt);

    private sealed record Failure(ProviderException Cause, DateTimeOffset Until);

    private sealed record User(CredentialAtHost? Credential, bool IsFailing);
}

/// <summary>GitHub is checking the credentials for the first time and has not answered yet.</summary>
internal sealed class CredentialsPendingException : ProviderException
{
    /// <param name="target">The target.</param>
    /// <param name="retryAfter">When to check again.</param>
    public CredentialsPendingException(ForgeTarget target, TimeSpan retryAfter)
        : base(RunnerPoolReasons.Checking, $"{target}: waiting for {target.Forge} to check the credentials") => RetryAfter = retryAfter;
}
