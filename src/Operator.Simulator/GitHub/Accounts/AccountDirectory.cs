namespace Operator.Simulator.GitHub.Accounts;

/// <summary>The organizations, repositories and enterprises there are.</summary>
internal sealed class AccountDirectory
{
    private readonly Dictionary<string, RunnerPlace> _places = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<RunnerPlace> Places => _places.Values;

    private readonly Dictionary<string, RunnerPlace> _former = new(StringComparer.OrdinalIgnoreCase);

    public RunnerPlace? Find(string path) => _places.GetValueOrDefault(path);

    /// <summary>What had this path before it was renamed or transferred, until something else has it.</summary>
    public RunnerPlace? FindFormer(string path) => _places.ContainsKey(path) ? null : _former.GetValueOrDefault(path);

    /// <summary>Renames an organization with all its repositories, or renames or transfers a repository. Everything else stays.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="to">The new name, of the same kind and unused.</param>
    public void Rename(string path, string to)
    {
        var place = _places[path];
        Move(place, to);
        if (place.IsRepository)
        {
            place.Parent = AddOrganization(to.Split('/')[1]);
            return;
        }

        foreach (var repository in _places.Values.Where(other => other.Parent == place && other.IsRepository).ToList())
        {
            Move(repository, $"repos/{place.Name}/{repository.Name}");
        }
    }

    private void Move(RunnerPlace place, string to)
    {
        _places.Add(to, place);
        _places.Remove(place.Path);
        _former[place.Path] = place;
        place.Path = to;
    }

    public RunnerPlace AddOrganization(string login) => Add($"orgs/{login}");

    public RunnerPlace AddRepository(string fullName)
    {
        var slash = fullName.IndexOf('/', StringComparison.Ordinal);
        ArgumentOutOfRangeException.ThrowIfLessThan(slash, 1, nameof(fullName));
        var repository = Add($"repos/{fullName}");
        repository.Parent = AddOrganization(fullName[..slash]);
        return repository;
    }

    public RunnerPlace AddEnterprise(string slug, IEnumerable<string> organizations)
    {
        var enterprise = Add($"enterprises/{slug}");
        foreach (var organization in organizations)
        {
            AddOrganization(organization).Parent = enterprise;
        }

        return enterprise;
    }

    private RunnerPlace Add(string path)
    {
        if (!_places.TryGetValue(path, out var place))
        {
            _places[path] = place = new RunnerPlace(_places.Count + 1, path);
        }

        return place;
    }
}
