using System.Collections.Concurrent;
using Operator.Aws;

namespace Operator.Ownership;

/// <summary>Removes unused resources one by one: a failure does not block the others, and is reported once per cause.</summary>
internal sealed class UnusedResourceRemoval(OrphanReport report)
{
    private readonly ConcurrentDictionary<(AwsAccount Account, string Kind), IReadOnlyDictionary<string, HashSet<string>>> _reported = new();

    /// <summary>Tries to remove each.</summary>
    /// <param name="account">Where they are.</param>
    /// <param name="kind">What they are.</param>
    /// <param name="unused">All of this kind in the account, by id.</param>
    /// <param name="removeAsync">Removes one.</param>
    public async Task RemoveAsync<T>(AwsAccount account, string kind, IEnumerable<(string Id, T Leftover)> unused, Func<T, Task> removeAsync)
    {
        var before = _reported.GetValueOrDefault((account, kind));
        var reported = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var (id, resource) in unused)
        {
            try
            {
                await removeAsync(resource);
            }
            catch (ProviderException e)
            {
                var causes = reported[id] = before?.GetValueOrDefault(id) ?? new(StringComparer.Ordinal);
                if (causes.Add(e.Reason))
                {
                    report.Failed($"{kind} {id}", pool: null, e);
                }
            }
        }

        _reported[(account, kind)] = reported;
    }

    /// <summary>Drops accounts in which no pool has or had machines.</summary>
    public void Keep(IReadOnlyCollection<AwsAccount> accounts)
    {
        foreach (var key in _reported.Keys.Where(key => !accounts.Contains(key.Account)))
        {
            _reported.TryRemove(key, out _);
        }
    }
}
