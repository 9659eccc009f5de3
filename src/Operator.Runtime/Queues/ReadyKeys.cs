using System.Diagnostics.CodeAnalysis;

namespace Operator.Runtime.Queues;

/// <summary>
/// Ready keys in lanes, one for each combination of groups. Lanes take turns, and a lane is skipped while one of its groups has as many
/// workers as are free: one slow group gets half of them, two get a third each, and one is always left for a group without any. Within a
/// lane the highest priority comes first, then the order of arrival.
/// </summary>
internal sealed class ReadyKeys<TKey>(WorkShares<TKey>? shares)
    where TKey : notnull
{
    private static readonly IReadOnlyList<string> NoGroups = [];

    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly LinkedList<Lane> _turns = [];
    private readonly Dictionary<TKey, int> _priorities = []; // of the ready keys
    private readonly Dictionary<TKey, IReadOnlyList<string>> _taken = [];
    private readonly Dictionary<string, int> _held = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>Makes a key ready; one that is ready already moves forward if its priority has risen.</summary>
    public void Add(TKey key)
    {
        var priority = shares?.PriorityOf?.Invoke(key) ?? 0;
        if (_priorities.TryGetValue(key, out var known) && known >= priority)
        {
            return;
        }

        _priorities[key] = priority; // an earlier entry of the key stays in its lane and is recognized by its priority
        var groups = shares?.GroupsOf(key) ?? NoGroups;
        var name = string.Join('\n', groups);
        if (!_lanes.TryGetValue(name, out var lane))
        {
            _lanes[name] = lane = new(name, groups);
            _turns.AddLast(lane);
        }

        lane.Keys.Enqueue(key, (-priority, _count++));
    }

    /// <summary>Takes the next key of a lane that is not skipped. The cost grows with the number of skipped lanes.</summary>
    public bool TryTake([MaybeNullWhen(false)] out TKey key)
    {
        for (LinkedListNode<Lane>? turn = _turns.First, next; turn is not null; turn = next)
        {
            next = turn.Next;
            var lane = turn.Value;
            if (!HasKey(lane))
            {
                Remove(turn);
            }
            else if (lane.Groups.All(HasShare))
            {
                key = lane.Keys.Dequeue();
                _priorities.Remove(key);
                Hold(key, lane.Groups);
                Remove(turn);
                if (HasKey(lane))
                {
                    _lanes[lane.Name] = lane;
                    _turns.AddLast(turn);
                }

                return true;
            }
        }

        key = default;
        return false;
    }

    /// <summary>Work on a taken key has ended.</summary>
    public void Release(TKey key)
    {
        if (_taken.Remove(key, out var groups))
        {
            foreach (var group in groups)
            {
                if (--_held[group] == 0)
                {
                    _held.Remove(group);
                }
            }
        }
    }

    // Drops entries of keys that have been taken, or have moved forward.
    private bool HasKey(Lane lane)
    {
        while (lane.Keys.TryPeek(out var key, out var place))
        {
            if (_priorities.TryGetValue(key, out var priority) && priority == -place.Rank)
            {
                return true;
            }

            lane.Keys.Dequeue();
        }

        return false;
    }

    private void Remove(LinkedListNode<Lane> turn)
    {
        _turns.Remove(turn);
        _lanes.Remove(turn.Value.Name);
    }

    private bool HasShare(string group) => !_held.TryGetValue(group, out var held) || held < shares!.Workers - _taken.Count;

    private void Hold(TKey key, IReadOnlyList<string> groups)
    {
        _taken[key] = groups;
        foreach (var group in groups)
        {
            _held[group] = _held.GetValueOrDefault(group) + 1;
        }
    }

    private sealed record Lane(string Name, IReadOnlyList<string> Groups)
    {
        public PriorityQueue<TKey, (int Rank, long Order)> Keys { get; } = new();
    }
}
