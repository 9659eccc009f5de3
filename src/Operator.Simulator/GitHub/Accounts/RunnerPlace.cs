using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Accounts;

/// <summary>A repository, organization or enterprise with registered runners. A job looks for one in its own and those above.</summary>
/// <param name="id">Its number.</param>
/// <param name="path">Its path in the API.</param>
internal sealed class RunnerPlace(long id, string path)
{
    public long Id { get; } = id;

    /// <summary>Its path in the API: <c>orgs/o</c>, <c>repos/o/r</c> or <c>enterprises/e</c>.</summary>
    public string Path { get; set; } = path;

    /// <summary>What follows the host in its address: <c>o</c>, <c>o/r</c> or <c>enterprises/e</c>.</summary>
    public string WebPath => Path.StartsWith("enterprises/", StringComparison.Ordinal) ? Path : Path[(Path.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Its last name: the repository's without its owner.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The organization of a repository, the enterprise of an organization.</summary>
    public RunnerPlace? Parent { get; set; }

    public List<RunnerGroup> Groups { get; } = [new(1, "Default")];

    public SortedDictionary<long, RunnerRecord> Runners { get; } = [];

    public Dictionary<string, RunnerRecord> RunnersByName { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Online runners without a job that belong to no scale set.</summary>
    public HashSet<RunnerRecord> Idle { get; } = [];

    public SortedDictionary<long, ScaleSetRecord> ScaleSets { get; } = [];

    /// <summary>Workflow runs, of a repository.</summary>
    public SortedDictionary<long, RunRecord> Runs { get; } = [];

    public bool IsRepository => Path.StartsWith("repos/", StringComparison.Ordinal);

    public bool HasGroups => !IsRepository;

    public IEnumerable<RunnerPlace> SelfAndAbove()
    {
        for (var place = this; place is not null; place = place.Parent)
        {
            yield return place;
        }
    }
}

/// <summary>A runner group.</summary>
/// <param name="Id">1 for the default one.</param>
/// <param name="Name">Its name.</param>
internal sealed record RunnerGroup(long Id, string Name);
