namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>
/// GitHub's scale-set service, for inspection and fault injection. Faults use the names of its calls (<c>github:GetMessage</c>).
/// </summary>
public sealed class SimulatedScaleSets
{
    private readonly ServiceLock _service;
    private readonly ScaleSetRegister _sets;

    internal SimulatedScaleSets(ServiceLock service, ScaleSetRegister sets)
    {
        (_service, _sets) = (service, sets);
    }

    /// <summary>Every scale set, by id.</summary>
    public IReadOnlyList<SimulatedScaleSet> All => _service.Read(() => _sets.All.Select(Snapshot).ToList());

    /// <summary>Nonexistent jobs that the statistics of every scale set count as assigned. Zero by default.</summary>
    public int MissingJobs
    {
        get => _service.Read(() => _sets.MissingJobs);
        set => _service.Change(_ => _sets.MissingJobs = value);
    }

    /// <summary>How many polls wait for a message now.</summary>
    public int WaitingPolls => _service.Read(() => _sets.Polls);

    /// <summary>Cuts the connection of every poll that waits, as proxies do.</summary>
    public void CutPolls() => _service.Change(_ => _sets.CutPolls());

    /// <summary>Ends the session of a scale set behind its holder's back.</summary>
    /// <param name="id">The scale set.</param>
    public void EndSession(long id) => _service.Change(_ =>
    {
        if (Find(id).Session is { } session)
        {
            _sets.Close(session);
        }
    });

    /// <summary>Opens a session for someone else, who then stays silent.</summary>
    /// <param name="id">The scale set; it must not have a session.</param>
    /// <param name="owner">The owner.</param>
    public void OpenSession(long id, string owner) => _service.Change(_ => { _sets.Open(Find(id), owner, new Uri("http://somebody.else/")); });

    /// <summary>
    /// Deletes a scale set, like GitHub does with unused ones. Returns whether it could, which it cannot while jobs are assigned to it.
    /// </summary>
    /// <param name="id">The scale set.</param>
    public bool Delete(long id) => _service.Change(callbacks => _sets.Delete(Find(id), callbacks));

    private ScaleSetRecord Find(long id) =>
        _sets.All.FirstOrDefault(set => set.Id == id) ?? throw new KeyNotFoundException($"there is no scale set {id}");

    private SimulatedScaleSet Snapshot(ScaleSetRecord set) => new(
        set.Id, set.Place.Path, set.Name, set.Group.Id, set.Labels, set.MaxCapacity, set.Session?.Owner, _sets.StatisticsOf(set));
}
