using System.Collections.Concurrent;
using Operator.Aws;

namespace Operator.Ownership;

/// <summary>Removes unused resources one by one: a failure does not block the others, and is reported once per cause.</summary>
internal sealed class UnusedResourceRemoval(OrphanReport report)
{
    private readonly ConcurrentDictionary<(AwsAccount Account, string Kind), IReadOnlySet<string>> _reported = new();

    /// <summary>Attempts to remove each.</summary>
    /// <param name="account">The account.</param>
    /// <param name="kind">The kind of resource.</param>
    /// <param name="unused">All of this kind in the account, by id.</param>
    /// <param name="removeAsync">Removes one.</param>
    public async Task RemoveAsync<T>(AwsAccount account, string kind, IEnumerable<(string Id, T Leftover)> unused, Func<T, Task> removeAsync)
    {
        // Kept until a round succeeds: alternating causes of a failure are not reported repeatedly.
        var (reported, hasFailed) = (new HashSet<string>(_reported.GetValueOrDefault((account, kind)) ?? new HashSet<string>(), StringComparer.Ordinal), false);
        foreach (var (id, resource) in unused)
        {
            try
            {
                await removeAsync(resource);
            }
            catch (ProviderException e)
            {
                hasFailed = true;
                if (reported.Add(e.Reason))
                {
                    report.Failed($"{kind} {id}", pool: null, e);
                }
            }
        }

        if (hasFailed)
        {
            _reported[(account, kind)] = reported;
        }
        else
        {
            _reported.TryRemove((account, kind), out _);
        }
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
