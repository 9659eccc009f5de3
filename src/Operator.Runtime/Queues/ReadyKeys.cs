using System.Diagnostics.CodeAnalysis;

namespace Operator.Runtime.Queues;

/// <summary>
/// Ready keys in lanes, one for each combination of groups. Lanes take turns, and a lane is skipped while one of its groups has as many
/// workers as are free: one slow group gets half of them, two get a third each, and one is always left for a group without any.
/// </summary>
internal sealed class ReadyKeys<TKey>(WorkShares<TKey>? shares)
    where TKey : notnull
{
    private static readonly IReadOnlyList<string> NoGroups = [];

    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly LinkedList<Lane> _turns = [];
    private readonly Dictionary<TKey, IReadOnlyList<string>> _taken = [];
    private readonly Dictionary<string, int> _held = new(StringComparer.Ordinal);

    public void Add(TKey key)
    {
        var groups = shares?.GroupsOf(key) ?? NoGroups;
        var name = string.Join('\n', groups);
        if (!_lanes.TryGetValue(name, out var lane))
        {
            _lanes[name] = lane = new(name, groups);
            _turns.AddLast(lane);
        }

        lane.Keys.Enqueue(key);
    }

    /// <summary>Takes the next key of a lane that is not skipped. The cost grows with the number of skipped lanes.</summary>
    public bool TryTake([MaybeNullWhen(false)] out TKey key)
    {
        for (var turn = _turns.First; turn is not null; turn = turn.Next)
        {
            var lane = turn.Value;
            if (lane.Groups.All(HasShare))
            {
                key = lane.Keys.Dequeue();
                Hold(key, lane.Groups);
                _turns.Remove(turn);
                if (lane.Keys.Count > 0)
                {
                    _turns.AddLast(turn);
                }
                else
                {
                    _lanes.Remove(lane.Name);
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
        public Queue<TKey> Keys { get; } = new();
    }
}
