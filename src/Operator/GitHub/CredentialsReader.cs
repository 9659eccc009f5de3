using V1Secret = k8s.Models.V1Secret;

namespace Operator.GitHub;

/// <summary>Reads GitHub credentials from secrets. A rotated secret is seen within the minute.</summary>
internal sealed class CredentialsReader(IKubernetesClient client, TimeProvider timeProvider)
{
    /// <summary>Short enough for a rotation, long enough that a burst of leases costs one read.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    private readonly ExpiringMap<NamespacedName, Task<GitHubCredentials>> _reads = new(Memory, timeProvider);

    public async Task<GitHubCredentials> ReadAsync(NamespacedName secret, CancellationToken cancellationToken)
    {
        if (!_reads.TryGet(secret, out var read) || read.IsFaulted)
        {
            _reads.Set(secret, read = FetchAsync(secret));
        }

        return await read.WaitAsync(cancellationToken);
    }

    private async Task<GitHubCredentials> FetchAsync(NamespacedName name)
    {
        var secret = await client.GetAsync<V1Secret>(name, CancellationToken.None)
            ?? throw new CredentialsMissingException(
                $"create the Secret '{name}' with github_token, or with github_app_id, github_app_installation_id and github_app_private_key");
        return GitHubCredentials.TryParse(secret.Entries(), out var credentials, out var problem)
            ? credentials
            : throw new ProviderException("CredentialsInvalid", $"Secret '{name}': {problem}");
    }
}

/// <summary>The secret that a pool names does not exist.</summary>
/// <param name="message">What to do.</param>
internal sealed class CredentialsMissingException(string message) : ProviderException("CredentialsMissing", message);
