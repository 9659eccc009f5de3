namespace Operator.Ownership;

/// <summary>
/// How much of the ownership record each namespace takes up. It may take no more than it leaves for the others: one namespace gets half of the record,
/// two a third each, and none can fill it.
/// </summary>
/// <param name="bound">How much fits into the record, in bytes.</param>
internal sealed class RecordShares(int bound)
{
    private readonly Dictionary<string, (string Namespace, int Bytes)> _sizes = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Notes an entry's size.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="namespaceName">Whose it is.</param>
    /// <param name="bytes">How much it takes up.</param>
    public void Set(string key, string namespaceName, int bytes)
    {
        lock (_lock)
        {
            _sizes[key] = (namespaceName, bytes);
        }
    }

    /// <summary>The entry is gone.</summary>
    public void Remove(string key)
    {
        lock (_lock)
        {
            _sizes.Remove(key);
        }
    }

    /// <summary>Whether an entry may become this large.</summary>
    /// <inheritdoc cref="Set"/>
    public bool HasRoom(string key, string namespaceName, int bytes)
    {
        lock (_lock)
        {
            var growth = bytes - (_sizes.TryGetValue(key, out var known) ? known.Bytes : 0);
            var (all, own) = (growth, growth);
            foreach (var (theirs, size) in _sizes.Values)
            {
                all += size;
                own += theirs == namespaceName ? size : 0;
            }

            return growth <= 0 || own <= bound - all;
        }
    }

    /// <summary>How many entries a namespace has.</summary>
    public int CountOf(string namespaceName)
    {
        lock (_lock)
        {
            return _sizes.Values.Count(size => size.Namespace == namespaceName);
        }
    }
}
