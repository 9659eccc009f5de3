using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>Runner groups, scale sets, and the JIT configs of their runners.</summary>
/// <param name="sets">The scale sets.</param>
/// <param name="jobs">The queue.</param>
/// <param name="fleet">Registers runners.</param>
/// <param name="window">How many registrations are allowed.</param>
internal sealed class ScaleSetEndpoints(ScaleSetRegister sets, JobQueue jobs, RunnerFleet fleet, RegistrationWindow window)
{
    /// <summary>Where scale sets are, as a route.</summary>
    public const string Route = $"{GitHubEndpoint.Service}/runtime/runnerscalesets";

    /// <summary>The route of a single scale set.</summary>
    public const string One = $"{Route}/{{id:long}}";

    public IEnumerable<GitHubEndpoint> All() =>
    [
        Admin("ListServiceRunnerGroups", "GET", $"{GitHubEndpoint.Service}/runtime/runnergroups", ListGroups),
        Admin("ListScaleSets", "GET", Route, List),
        Admin("CreateScaleSet", "POST", Route, Create),
        Admin("GetScaleSet", "GET", One, request => With(request, set => Shown(request, set))),
        Admin("UpdateScaleSet", "PATCH", One, request => With(request, set => Update(request, set))),
        Admin("DeleteScaleSet", "DELETE", One, request => With(request, set => Delete(request, set))),
        Admin("GenerateScaleSetJitConfig", "POST", $"{One}/generatejitconfig", request => With(request, set => GenerateJitConfig(request, set))),
        Admin("ListAcquirableJobs", "GET", $"{One}/acquirablejobs", request => With(request, ListAcquirable)),
    ];

    /// <summary>Answers a request for the scale set named in its path.</summary>
    /// <param name="request">The call.</param>
    /// <param name="handle">Handles the request if it exists.</param>
    public GitHubReply With(GitHubRequest request, Func<ScaleSetRecord, GitHubReply> handle)
    {
        var id = long.Parse(request.Route("id"));
        return sets.In(request.Place).FirstOrDefault(set => set.Id == id) is { } found ? handle(found) : ServiceReply.NoScaleSet(id);
    }

    /// <summary>A scale set in the API.</summary>
    /// <param name="request">The call.</param>
    /// <param name="set">The scale set.</param>
    public ScaleSetJson Show(GitHubRequest request, ScaleSetRecord set) => new(
        set.Id,
        set.Name,
        set.Group.Id,
        set.Group.Name,
        [.. set.Labels.Select(label => new ScaleSetLabelJson("System", label))],
        new RunnerSettingJson(set.DisableUpdate),
        set.CreatedAt,
        $"{ConnectionEndpoints.AddressOf(request, set.Place)}_apis/runtime/runnerscalesets/{set.Id}/generatejitconfig",
        sets.StatisticsOf(set));

    private static GitHubEndpoint Admin(string name, string method, string pattern, Func<GitHubRequest, GitHubReply> handle) =>
        new(name, method, pattern, Audience.ScaleSetAdmin, handle);

    private static GitHubReply ListGroups(GitHubRequest request)
    {
        var name = request.Query("groupName");
        var groups = request.Place.Groups
            .Where(group => string.IsNullOrEmpty(name) || string.Equals(group.Name, name, StringComparison.OrdinalIgnoreCase))
            .Select(group => new ServiceGroupJson(
                group.Id, group.Name, request.Place.Runners.Values.Count(runner => runner.GroupId == group.Id), group.Id == 1));
        return GitHubReply.Json(200, CountedJson<ServiceGroupJson>.Create(groups), ServiceWire.Default.CountedJsonServiceGroupJson);
    }

    private GitHubReply List(GitHubRequest request)
    {
        var (name, group) = (request.Query("name"), request.Query("runnerGroupId"));
        var found = sets.In(request.Place).Where(set =>
            (string.IsNullOrEmpty(name) || string.Equals(set.Name, name, StringComparison.OrdinalIgnoreCase))
            && (string.IsNullOrEmpty(group) || group == $"{set.Group.Id}"));
        return GitHubReply.Json(
            200, CountedJson<ScaleSetJson>.Create(found.Select(set => Show(request, set))), ServiceWire.Default.CountedJsonScaleSetJson);
    }

    private GitHubReply Create(GitHubRequest request)
    {
        var desired = DesiredScaleSet.Read(request.Body, out var problem);
        if (desired is null || desired.Name is not { } name)
        {
            return ServiceReply.BadRequest(desired is null ? problem : "A runner scale set needs a name.");
        }

        if (Refuse(request, desired, itself: null) is { } refusal)
        {
            return refusal;
        }

        var set = sets.Add(request.Place, name, GroupOf(request.Place, desired.GroupId ?? 1)!, desired.Labels ?? [name]);
        set.DisableUpdate = desired.DisableUpdate ?? false;
        return Shown(request, set);
    }

    private GitHubReply Update(GitHubRequest request, ScaleSetRecord set)
    {
        if (DesiredScaleSet.Read(request.Body, out var problem) is not { } desired)
        {
            return ServiceReply.BadRequest(problem);
        }

        if (Refuse(request, desired, set) is { } refusal)
        {
            return refusal;
        }

        set.Name = desired.Name ?? set.Name;
        set.Labels = desired.Labels ?? set.Labels;
        set.Group = GroupOf(request.Place, desired.GroupId ?? set.Group.Id)!;
        set.DisableUpdate = desired.DisableUpdate ?? set.DisableUpdate;
        jobs.Refill(set);
        return Shown(request, set);
    }

    private GitHubReply? Refuse(GitHubRequest request, DesiredScaleSet desired, ScaleSetRecord? itself)
    {
        var group = desired.GroupId ?? itself?.Group.Id ?? 1;
        if (GroupOf(request.Place, group) is null)
        {
            return ServiceReply.Error(404, "RunnerGroupNotFoundException", $"No runner group found with identifier {group}.");
        }

        var name = desired.Name ?? itself?.Name;
        var taken = sets.In(request.Place).Any(set =>
            set != itself && set.Group.Id == group && string.Equals(set.Name, name, StringComparison.OrdinalIgnoreCase));
        return taken ? ServiceReply.Error(409, "RunnerScaleSetExistsException", $"Runner scale set {name} already exists.") : null;
    }

    private GitHubReply Delete(GitHubRequest request, ScaleSetRecord set) => sets.Delete(set, request.Callbacks)
        ? GitHubReply.NoContent
        : ServiceReply.Error(409, "RunnerScaleSetHasAssignedJobsException", $"Runner scale set {set.Name} still has jobs assigned to it.");

    private GitHubReply GenerateJitConfig(GitHubRequest request, ScaleSetRecord set)
    {
        if (JitRequest.Read(request.Body) is not { } desired)
        {
            return ServiceReply.BadRequest("A runner needs a name of 1 to 64 characters.");
        }

        if (set.Place.RunnersByName.ContainsKey(desired.Name))
        {
            return ServiceReply.Error(409, "AgentExistsException", $"A runner with the name {desired.Name} already exists.");
        }

        if (window.Refuse(set.Place, request.Now) is { } wait)
        {
            return CallerBudget.TooMany(ServiceReply.Error(429, "TooManyRequestsException", "Too many runner registrations."), wait);
        }

        var runner = fleet.Register(set.Place, desired.Name, set.Group.Id, [.. set.Labels.Append(set.Name).Distinct(StringComparer.OrdinalIgnoreCase)], set);
        var answer = new ServiceJitConfigJson(
            new AgentReferenceJson(runner.Id, runner.Name, set.Id), JitConfig.Encode(runner, request.Server, desired.WorkFolder));
        return GitHubReply.Json(200, answer, ServiceWire.Default.ServiceJitConfigJson);
    }

    private static GitHubReply ListAcquirable(ScaleSetRecord set) => GitHubReply.Json(
        200,
        CountedJson<JobMessage>.Create(set.Jobs.Where(job => job.AcquiredAt is null).Select(JobMessages.Available)),
        ServiceWire.Default.CountedJsonJobMessage);

    private GitHubReply Shown(GitHubRequest request, ScaleSetRecord set) =>
        GitHubReply.Json(200, Show(request, set), ServiceWire.Default.ScaleSetJson);

    private static RunnerGroup? GroupOf(RunnerPlace place, long id) => place.Groups.Find(group => group.Id == id);
}
