namespace Operator.Ownership;

/// <summary>
/// The space each namespace uses in the ownership record. A namespace may use at most as much as it leaves for others: one alone gets half
/// of the record, two get a third each, and none can fill it.
/// </summary>
/// <param name="bound">Size of the record in bytes.</param>
internal sealed class RecordShares(int bound)
{
    private readonly Dictionary<string, (string Namespace, int Bytes)> _sizes = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Records an entry's size.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="namespaceName">Its namespace.</param>
    /// <param name="bytes">Its size.</param>
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

    /// <summary>Whether an entry may grow to this size.</summary>
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

    /// <summary>Number of entries of a namespace.</summary>
    public int CountOf(string namespaceName)
    {
        lock (_lock)
        {
            return _sizes.Values.Count(size => size.Namespace == namespaceName);
        }
    }
}
