namespace Operator.Simulator.GitHub.Accounts;

/// <summary>The organizations, repositories and enterprises there are.</summary>
internal sealed class AccountDirectory
{
    private readonly Dictionary<string, RunnerPlace> _places = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<RunnerPlace> Places => _places.Values;

    public RunnerPlace? Find(string path) => _places.GetValueOrDefault(path);

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
