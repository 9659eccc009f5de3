using System.Text;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Leases;

/// <summary>Reads what a pool's scripts and containers get from Secrets (<c>runner.secretRefs</c>, <c>runner.container.secretRefs</c>).</summary>
internal sealed class RunnerSecrets(IKubernetesClient client)
{
    /// <summary>Parameter Store holds 8 KiB, and base64 is used twice.</summary>
    private const int MostBytes = 4 * 1024;

    /// <summary>The variables by name.</summary>
    /// <exception cref="ProviderException">A Secret or key does not exist, a value is not text, or all of it is too large.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(string space, IReadOnlyList<SecretVariable> references, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var secret in references.GroupBy(reference => reference.SecretName, StringComparer.Ordinal))
        {
            var name = new NamespacedName(space, secret.Key);
            var entries = (await client.GetAsync<V1Secret>(name, cancellationToken)).Entries();
            foreach (var reference in secret)
            {
                values[reference.Name] = TextOf(entries.GetValueOrDefault(reference.Key))
                    ?? throw new ProviderException(
                        RunnerPoolReasons.SecretsUnusable, $"create the Secret '{name}' with text in the key '{reference.Key}', or change secretRefs of spec.runner or its container");
            }
        }

        return values.Sum(value => Encoding.UTF8.GetByteCount(value.Key) + Encoding.UTF8.GetByteCount(value.Value)) <= MostBytes
            ? values
            : throw new ProviderException(RunnerPoolReasons.SecretsUnusable, "secretRefs of spec.runner and its container: names and values have more than 4 KiB together; let a script fetch what is larger");
    }

    private static string? TextOf(byte[]? value)
    {
        try
        {
            return value is { Length: > 0 } && !value.Contains((byte)0) ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(value) : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
