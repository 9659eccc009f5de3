using V1Secret = k8s.Models.V1Secret;

namespace Operator.Forges;

/// <summary>
/// Reads credentials from Secrets. A rotated Secret is picked up within a minute. After a Secret is deleted, its last credentials
/// are kept for cleaning up: <c>kubectl delete -f</c> and Argo CD delete a pool together with its Secret, but a drain lasts as long as the
/// jobs.
/// </summary>
internal sealed class CredentialsReader(IKubernetesClient client, TimeProvider timeProvider)
{
    /// <summary>Short enough for a rotation, long enough that a burst of leases costs one read.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    /// <summary>Time since the last use. Draining runners are checked more often.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(NamespacedName Secret, string Site), Read> _reads = new(Memory, timeProvider);
    private readonly ExpiringMap<(NamespacedName Secret, string Site), ForgeCredentials> _last = new(KeptFor, timeProvider);

    /// <summary>
    /// The credentials in a Secret, for a host. Reads for one host are not reused for another, for which the Secret may have been changed.
    /// </summary>
    /// <param name="secret">The Secret.</param>
    /// <param name="target">The target they are sent to.</param>
    /// <param name="maxAge">Maximum age of the last read; null for the default.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="CredentialsMissingException">There is no such Secret.</exception>
    /// <exception cref="ProviderException">Its content is unusable.</exception>
    public async Task<ForgeCredentials> ReadAsync(NamespacedName secret, ForgeTarget target, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        var key = (secret, target.Site);
        if (!_reads.TryGet(key, out var read) || read.Answer.IsFaulted || timeProvider.GetElapsedTime(read.BegunAt) > maxAge)
        {
            _reads.Set(key, read = new(FetchAsync(secret, target), timeProvider.GetTimestamp()));
        }

        var credentials = await read.Answer.WaitAsync(cancellationToken);
        _last.Set(key, credentials);
        return credentials;
    }

    /// <summary>The credentials in a Secret or, if it has been deleted, the last ones read from it: for cleaning up.</summary>
    /// <param name="secret">The Secret.</param>
    /// <param name="target">The target they are sent to.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<ForgeCredentials> ReadLastAsync(NamespacedName secret, ForgeTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(secret, target, maxAge: null, cancellationToken);
        }
        catch (CredentialsMissingException) when (_last.TryGet((secret, target.Site), out var last))
        {
            _last.Set((secret, target.Site), last);
            return last;
        }
    }

    private async Task<V1Secret?> GetAsync(NamespacedName name)
    {
        try
        {
            return await client.GetAsync<V1Secret>(name, CancellationToken.None);
        }
        catch (KubernetesApiException e) when (RequestRefusedException.Is(e))
        {
            throw new RequestRefusedException(RequestRefusedException.Pool, e);
        }
    }

    private async Task<ForgeCredentials> FetchAsync(NamespacedName name, ForgeTarget target)
    {
        var secret = await GetAsync(name)
            ?? throw new CredentialsMissingException(
                $"create the Secret '{name}' with {target.CredentialKeys}");
        return target.TryReadCredentials(secret.Entries(), out var credentials, out var problem)
            ? credentials
            : throw new ProviderException("CredentialsInvalid", $"Secret '{name}': {problem}");
    }

    private sealed record Read(Task<ForgeCredentials> Answer, long BegunAt);
}

/// <summary>The secret that a pool names does not exist.</summary>
/// <param name="message">What to do.</param>
internal sealed class CredentialsMissingException(string message) : ProviderException("CredentialsMissing", message);
