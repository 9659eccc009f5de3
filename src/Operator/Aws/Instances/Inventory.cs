namespace Operator.Aws.Instances;

/// <summary>The instances of one account: the last listing, and what is known beyond it.</summary>
internal sealed class Inventory
{
    /// <summary>EC2 lists terminated instances for about an hour and never reuses ids, so older ones need not be kept.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(2);

    /// <summary>An instance missing from listings this long after its launch does not exist; EC2 is eventually consistent within minutes.</summary>
    public static readonly TimeSpan VisibilityWindow = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DateTimeOffset At, string? Reason, Instance? Instance)> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instance> _added = new(StringComparer.Ordinal);
    // Instances named by leases but otherwise unknown: they may have terminated while no operator was running. Kept for one listing.
    private readonly HashSet<string> _expected = new(StringComparer.Ordinal);
    private Dictionary<string, Instance> _listed = new(StringComparer.Ordinal);

    /// <summary>When the last listing began; null before the first.</summary>
    public DateTimeOffset? TakenAt { get; private set; }

    /// <summary>The view of an instance; null if nothing is known about it.</summary>
    public InstanceView? Find(string id)
    {
        lock (_lock)
        {
            if (_ended.TryGetValue(id, out var end))
            {
                return new InstanceView.Gone(end.Reason) { Notice = end.Instance?.Notice, BootFailure = end.Instance?.BootFailure };
            }

            var instance = _listed.GetValueOrDefault(id) ?? _added.GetValueOrDefault(id);
            if (instance is null)
            {
                _expected.Add(id);
            }

            return instance is null ? null
                : instance.IsGone ? new InstanceView.Gone(instance.StateReason) { Notice = instance.Notice, BootFailure = instance.BootFailure }
                : new InstanceView.Live(instance);
        }
    }

    /// <summary>The living instances of an intent, in order of their ids.</summary>
    public IReadOnlyList<Instance> Living(string intentId)
    {
        lock (_lock)
        {
            return [.. _listed.Values.Where(instance => instance.IntentId == intentId && !instance.IsGone && !_ended.ContainsKey(instance.Id)).OrderBy(instance => instance.Id, StringComparer.Ordinal)];
        }
    }

    public void Add(Instance instance)
    {
        lock (_lock)
        {
            _added[instance.Id] = instance;
        }
    }

    /// <summary>Shows an instance in the state that a call has just put it in, until the next listing.</summary>
    public void Change(string id, InstanceState state)
    {
        lock (_lock)
        {
            if (_listed.TryGetValue(id, out var listed) && listed.State is InstanceState.Running or InstanceState.Pending or InstanceState.Stopped)
            {
                _listed[id] = listed with { State = state };
            }
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
    /// Instances that were listed, launched or expected before and are missing from <paramref name="listing"/>: terminated, perhaps within
    /// seconds of their launch, or omitted because of eventual consistency.
    /// </summary>
    public IReadOnlyList<string> MissingFrom(IReadOnlyList<Instance> listing)
    {
        var present = listing.Select(instance => instance.Id).ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            return [.. _listed.Keys.Union(_added.Keys).Union(_expected).Where(id => !present.Contains(id) && !_ended.ContainsKey(id))];
        }
    }

    /// <summary>Replaces the listing.</summary>
    /// <param name="instances">The listed instances, and the missing ones that were found by id.</param>
    /// <param name="takenAt">When the listing began.</param>
    public InstanceListing Replace(IReadOnlyList<Instance> instances, DateTimeOffset takenAt)
    {
        lock (_lock)
        {
            var changed = instances
                .Where(instance => _listed.GetValueOrDefault(instance.Id) is not { } before || before.State != instance.State || before.Notice != instance.Notice || before.HeldUntil != instance.HeldUntil || before.WarmUpFailure != instance.WarmUpFailure)
                .Select(instance => instance.Id)
                .Concat(_listed.Keys.Except(instances.Select(instance => instance.Id), StringComparer.Ordinal))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var gone in instances.Where(instance => instance.IsGone))
            {
                _ended.TryAdd(gone.Id, (takenAt, gone.StateReason, gone));
            }

            _expected.Clear();
            _listed = instances.Where(instance => !instance.IsGone).ToDictionary(instance => instance.Id, StringComparer.Ordinal);
            changed.UnionWith(Prune(takenAt));
            TakenAt = takenAt;
            return new(_listed, changed, takenAt);
        }
    }

    // Returns launched instances that never appeared.
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
