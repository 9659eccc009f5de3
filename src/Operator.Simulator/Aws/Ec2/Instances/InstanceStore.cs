using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>All instances that ever were, and which of them a call can see.</summary>
internal sealed class InstanceStore(Ec2World world) : IDisposable
{
    private readonly List<Instance> _all = [];
    private readonly List<Instance> _describable = [];
    private readonly Dictionary<string, Instance> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _omissions = new(StringComparer.Ordinal);

    /// <summary>Every instance, in the order of launch.</summary>
    public IReadOnlyList<Instance> All => _all;

    /// <summary>Those that exist and count against capacity and quotas: all but the terminated.</summary>
    public IEnumerable<Instance> Existing => _describable.Where(instance => instance.State != InstanceState.Terminated);

    /// <summary>Those that calls can see now, in the order of launch.</summary>
    public IEnumerable<Instance> Visible
    {
        get
        {
            var forgotten = world.Now - world.Options.TerminatedVisibleFor;
            _describable.RemoveAll(instance => instance.TerminatedAt <= forgotten);
            return _describable.Where(IsVisible);
        }
    }

    public long NextSequence => _all.Count;

    public void Add(Instance instance)
    {
        _all.Add(instance);
        _describable.Add(instance);
        _byId.Add(instance.Id, instance);
    }

    /// <summary>An instance by id, seen or not.</summary>
    public Instance Get(string id) => _byId.GetValueOrDefault(id) ?? throw NotFound([id]);

    /// <summary>The instances named in a call. Like EC2, one bad id fails all of them.</summary>
    public IReadOnlyList<Instance> Named(IReadOnlyList<string> ids)
    {
        if (ids.FirstOrDefault(id => !IsWellFormed(id)) is { } malformed)
        {
            throw new AwsException("InvalidInstanceID.Malformed", $"Invalid id: \"{malformed}\"");
        }

        var forgotten = world.Now - world.Options.TerminatedVisibleFor;
        var missing = ids.Where(id =>
            !_byId.TryGetValue(id, out var instance) || !IsVisible(instance) || instance.TerminatedAt <= forgotten).ToList();
        return missing.Count == 0 ? [.. ids.Distinct().Select(id => _byId[id])] : throw NotFound(missing);
    }

    /// <summary>Leaves an instance out of the next listings, as EC2 may: a call that names it sees it.</summary>
    public void Omit(string id, int listings) => _omissions[Get(id).Id] = listings;

    /// <summary>What the current listing omits.</summary>
    public IReadOnlySet<string> TakeOmissions()
    {
        var omitted = _omissions.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var id in omitted)
        {
            if (--_omissions[id] <= 0)
            {
                _omissions.Remove(id);
            }
        }

        return omitted;
    }

    public void Dispose()
    {
        foreach (var instance in _all)
        {
            instance.Timer?.Dispose();
            instance.InterruptionTimer?.Dispose();
        }
    }

    private bool IsVisible(Instance instance) => instance.History[0].At + world.Options.VisibilityDelay <= world.Now;

    private static bool IsWellFormed(string id) =>
        id.StartsWith("i-", StringComparison.Ordinal) && id.Length is 10 or 19 && id[2..].All(char.IsAsciiHexDigitLower);

    private static AwsException NotFound(List<string> ids) => new("InvalidInstanceID.NotFound",
        ids.Count == 1
            ? $"The instance ID '{ids[0]}' does not exist"
            : $"The instance IDs '{string.Join(", ", ids)}' do not exist");
}
