namespace Operator.Aws.Instances;

/// <summary>The instances of one account: the last listing, and what is known beyond it.</summary>
internal sealed class Inventory
{
    /// <summary>EC2 lists ended instances for about an hour; ids are never used again, so older ones need no memory.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(2);

    /// <summary>An instance missing from listings this long after its launch does not exist; EC2 is eventually consistent within minutes.</summary>
    public static readonly TimeSpan VisibilityWindow = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DateTimeOffset At, string? Reason, InterruptionNotice? Notice)> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instance> _added = new(StringComparer.Ordinal);
    // Leases name them, and nothing is known of them: they may have ended while nobody looked. For one listing.
    private readonly HashSet<string> _expected = new(StringComparer.Ordinal);
    private Dictionary<string, Instance> _listed = new(StringComparer.Ordinal);

    /// <summary>When the last listing began; null before the first.</summary>
    public DateTimeOffset? TakenAt { get; private set; }

    /// <summary>The view of an instance, or null when nothing is known of it.</summary>
    public InstanceView? Find(string id)
    {
        lock (_lock)
        {
            if (_ended.TryGetValue(id, out var end))
            {
                return new InstanceView.Gone(end.Reason) { Notice = end.Notice };
            }

            var instance = _listed.GetValueOrDefault(id) ?? _added.GetValueOrDefault(id);
            if (instance is null)
            {
                _expected.Add(id);
            }

            return instance is null ? null
                : instance.IsGone ? new InstanceView.Gone(instance.StateReason) { Notice = instance.Notice }
                : new InstanceView.Live(instance);
        }
    }

    public void Add(Instance instance)
    {
        lock (_lock)
        {
            _added[instance.Id] = instance;
        }
    }

    public void MarkEnded(string id, string? reason, DateTimeOffset now)
    {
        lock (_lock)
        {
            _ended.TryAdd(id, (now, reason, null));
        }
    }

    /// <summary>
    /// Instances that were listed, launched or asked for before and are not in <paramref name="listing"/>: ended, perhaps within seconds of
    /// their launch, or left out by a lagging answer.
    /// </summary>
    public IReadOnlyList<string> MissingFrom(IReadOnlyList<Instance> listing)
    {
        var present = listing.Select(instance => instance.Id).ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            return [.. _listed.Keys.Union(_added.Keys).Union(_expected).Where(id => !present.Contains(id) && !_ended.ContainsKey(id))];
        }
    }

    /// <summary>Takes a listing in.</summary>
    /// <param name="instances">What was listed, and what a closer look found of the missing ones.</param>
    /// <param name="takenAt">When the listing began.</param>
    public InstanceListing Replace(IReadOnlyList<Instance> instances, DateTimeOffset takenAt)
    {
        lock (_lock)
        {
            var changed = instances
                .Where(instance => _listed.GetValueOrDefault(instance.Id) is not { } before || before.State != instance.State || before.Notice != instance.Notice)
                .Select(instance => instance.Id)
                .Concat(_listed.Keys.Except(instances.Select(instance => instance.Id), StringComparer.Ordinal))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var gone in instances.Where(instance => instance.IsGone))
            {
                _ended.TryAdd(gone.Id, (takenAt, gone.StateReason, gone.Notice));
            }

            _expected.Clear();
            _listed = instances.Where(instance => !instance.IsGone).ToDictionary(instance => instance.Id, StringComparer.Ordinal);
            changed.UnionWith(Prune(takenAt));
            TakenAt = takenAt;
            return new(_listed, changed, takenAt);
        }
    }

    // Returns what was launched and never shown.
    private List<string> Prune(DateTimeOffset now)
    {
        foreach (var id in _ended.Where(pair => now - pair.Value.At > Memory).Select(pair => pair.Key).ToList())
        {
            _ended.Remove(id);
        }

        foreach (var id in _added.Keys.Where(id => _listed.ContainsKey(id) || _ended.ContainsKey(id)).ToList())
        {
            _added.Remove(id);
        }

        var hidden = _added.Values.Where(instance => instance.LaunchedAt + VisibilityWindow <= now).Select(instance => instance.Id).ToList();
        hidden.ForEach(id => _added.Remove(id));
        return hidden;
    }
}
