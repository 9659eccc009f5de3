using Operator.Simulator.GitHub.Runners;

namespace Operator.Simulator.GitHub.Accounts;

/// <summary>A repository, organization or enterprise: where runners are registered. A job looks for one in its own place and above.</summary>
/// <param name="path">Its path in the API.</param>
internal sealed class RunnerPlace(string path)
{
    /// <summary>Its path in the API: <c>orgs/o</c>, <c>repos/o/r</c> or <c>enterprises/e</c>.</summary>
    public string Path { get; } = path;

    /// <summary>The organization of a repository, the enterprise of an organization.</summary>
    public RunnerPlace? Parent { get; set; }

    public List<RunnerGroup> Groups { get; } = [new(1, "Default")];

    public SortedDictionary<long, RunnerRecord> Runners { get; } = [];

    public Dictionary<string, RunnerRecord> RunnersByName { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Online runners without a job.</summary>
    public HashSet<RunnerRecord> Idle { get; } = [];

    public bool HasGroups => !Path.StartsWith("repos/", StringComparison.Ordinal);

    public IEnumerable<RunnerPlace> SelfAndAbove()
    {
        for (var place = this; place is not null; place = place.Parent)
        {
            yield return place;
        }
    }
}

/// <summary>A runner group.</summary>
/// <param name="Id">1 is the default one.</param>
/// <param name="Name">Its name.</param>
internal sealed record RunnerGroup(long Id, string Name);
