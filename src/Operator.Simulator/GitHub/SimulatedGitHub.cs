using Microsoft.AspNetCore.Builder;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Control;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.Oidc;
using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.ScaleSets;
using Operator.Simulator.GitHub.Web;
using Operator.Simulator.GitHub.Webhooks;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitHub;

/// <summary>
/// GitHub's runners over HTTP, as a GitHub Enterprise Server (<c>/api/v3/...</c>) and as api.github.com (<c>/...</c>), with the queue that
/// assigns jobs to runners. Starts empty: declare organizations and credentials first.
/// </summary>
public sealed class SimulatedGitHub : IRunnerServer, IAsyncDisposable
{
    private readonly ServiceLock _service = new();
    private readonly AccountDirectory _accounts = new();
    private readonly SimulationGround _ground;
    private readonly CredentialDirectory _credentials;
    private readonly RunnerRegister _runners;
    private readonly RegistrationWindow _window;
    private readonly ScaleSetAssigner _desk;
    private readonly JobQueue _jobs;
    private readonly JobIntake _intake;
    private readonly RunnerFleet _fleet;
    private readonly ScaleSetRegister _scaleSets;
    private readonly WebhookCourier _courier;
    private readonly WebhookService _webhooks;
    private WebApplication _web = null!;

    private SimulatedGitHub(SimulationGround ground, SimulatedGitHubOptions options, Random random)
    {
        _ground = ground;
        _credentials = new CredentialDirectory(random);
        _runners = new RunnerRegister(ground.Clock);
        _window = new RegistrationWindow(options.Limits.RegistrationsPerFiveMinutes);
        var timers = new JobTimers(_service, ground.Clock);
        _courier = new WebhookCourier(_service, ground);
        _webhooks = new WebhookService(_credentials, _courier, timers, ground.Clock, new Random(options.Seed));
        Webhooks = new SimulatedWebhooks(_service, _webhooks, _courier, PlaceOf);
        var news = new JobNotifications(ground.Clock) { NotifyOfJob = _webhooks.NotifyOfJob, NotifyOfRun = _webhooks.NotifyOfRun };
        _desk = new ScaleSetAssigner(timers, ground.Clock, options.ScaleSets);
        _jobs = new JobQueue(timers, _runners, _desk, news, ground.Clock, options);
        _desk.GiveToRunner = _jobs.Assign;
        _intake = new JobIntake(_jobs, ground.Clock);
        _fleet = new RunnerFleet(_service, _runners, _jobs, ground.Clock, options, random);
        _scaleSets = new ScaleSetRegister(_service, _jobs, _fleet, ground.Clock, options.ScaleSets, random);
        ScaleSets = new SimulatedScaleSets(_service, _scaleSets);
        Oidc = new SimulatedOidc(_service, _accounts, ground.Clock, new Random(options.Seed), () => Address);
    }

    /// <summary>Its URL, ending in a slash. <see cref="UrlOf"/> creates values for <c>spec.github.url</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>How long the API reports a runner as idle after a job was assigned to it. Zero by default.</summary>
    public TimeSpan BusyLag
    {
        get => _service.Read(() => _fleet.BusyLag);
        set => _service.Change(_ => _fleet.BusyLag = value);
    }

    /// <summary>The oldest runner version that may take jobs: an older one registers, stays offline and exits with 0.</summary>
    public Version MinimumRunnerVersion
    {
        get => _service.Read(() => _fleet.MinimumVersion);
        set => _service.Change(_ => _fleet.MinimumVersion = value);
    }

    /// <summary>Sets the date from which a version of the runner gets no jobs.</summary>
    /// <param name="version">The version.</param>
    /// <param name="from">The date.</param>
    public void DeprecateRunner(string version, DateTimeOffset from) => _service.Change(_ => _fleet.Deprecations[Version.Parse(version)] = from);

    /// <summary>
    /// Whether a DELETE within <see cref="BusyLag"/> is answered with 204 although a job was assigned: the job runs nevertheless.
    /// </summary>
    public bool DeleteRace
    {
        get => _service.Read(() => _fleet.DeleteRace);
        set => _service.Change(_ => _fleet.DeleteRace = value);
    }

    /// <summary>The name of the workflow that new runs belong to.</summary>
    public string Workflow
    {
        get => _service.Read(() => _intake.Workflow);
        set => _service.Change(_ => _intake.Workflow = value);
    }

    /// <summary>The scale-set service.</summary>
    public SimulatedScaleSets ScaleSets { get; }

    /// <summary>The issuer of workflows' tokens.</summary>
    public SimulatedOidc Oidc { get; }

    /// <summary>Webhooks.</summary>
    public SimulatedWebhooks Webhooks { get; }

    /// <summary>Every registration, by id.</summary>
    public IReadOnlyList<SimulatedRunner> Runners =>
        _service.Read(() => _runners.All.OrderBy(runner => runner.Id).Select(runner => runner.Snapshot()).ToList());

    /// <summary>Every job that was ever queued, in order.</summary>
    public IReadOnlyList<SimulatedJob> Jobs => _service.Read(() => _jobs.All.Select(job => job.Snapshot()).ToList());

    /// <summary>Starts the service.</summary>
    /// <param name="ground">Clock, faults and call log.</param>
    /// <param name="options">How it behaves.</param>
    public static async Task<SimulatedGitHub> StartAsync(SimulationGround ground, SimulatedGitHubOptions? options = null)
    {
        options ??= new SimulatedGitHubOptions();
        var random = new Random(options.Seed);
        var github = new SimulatedGitHub(ground, options, random);
        var tokens = new ServiceTokens(random);
        var admission = new ServiceAdmission(github._accounts, github._scaleSets, tokens);
        var pipeline = new GitHubPipeline(
            github._service, new GitHubAdmission(github._accounts, github._credentials, admission, options.Limits), ground);
        (github._web, github.Address) = await GitHubWeb.StartAsync(
            pipeline, [.. github.RestApi(options), .. github.ScaleSetService(options, tokens)], ground.Network, options.Port);
        github._webhooks.Api = new Uri(github.Address, "api/v3/");
        return github;
    }

    /// <summary>The value for <c>spec.github.url</c>.</summary>
    /// <param name="place"><c>my-org</c>, <c>my-org/my-repo</c> or <c>enterprises/my-enterprise</c>.</param>
    public Uri UrlOf(string place) => new(Address, place);

    /// <summary>Declares an organization.</summary>
    /// <param name="login">Its name.</param>
    public void AddOrganization(string login) => _service.Change(_ => { _accounts.AddOrganization(login); });

    /// <summary>Declares a repository, and its owner.</summary>
    /// <param name="fullName">Owner and name.</param>
    public void AddRepository(string fullName) => _service.Change(_ => { _accounts.AddRepository(fullName); });

    /// <summary>
    /// Renames an organization or repository, or transfers a repository: ids stay, a repository's old URL answers 301, an organization's
    /// 404.
    /// </summary>
    /// <param name="name"><c>my-org</c> or <c>my-org/my-repo</c>.</param>
    /// <param name="to">The new name, of the same form.</param>
    public void Rename(string name, string to) =>
        _service.Change(_ => _accounts.Rename(name.Contains('/') ? $"repos/{name}" : $"orgs/{name}", to.Contains('/') ? $"repos/{to}" : $"orgs/{to}"));

    /// <summary>Declares an enterprise.</summary>
    /// <param name="slug">Its name.</param>
    /// <param name="organizations">Its organizations.</param>
    public void AddEnterprise(string slug, params string[] organizations) =>
        _service.Change(_ => { _accounts.AddEnterprise(slug, organizations); });

    /// <summary>Declares a runner group and returns its id.</summary>
    /// <param name="place"><c>orgs/o</c> or <c>enterprises/e</c>.</param>
    /// <param name="name">Its name.</param>
    public long AddRunnerGroup(string place, string name) => _service.Change(_ =>
    {
        var groups = PlaceOf(place).Groups;
        groups.Add(new RunnerGroup(groups.Count + 1, name));
        return groups[^1].Id;
    });

    /// <summary>Declares a personal access token that may do everything.</summary>
    /// <param name="token">The token.</param>
    public void AddPersonalAccessToken(string token) => _service.Change(_ => _credentials.AddPersonalToken(token));

    /// <summary>Revokes a token, personal or of an installation.</summary>
    /// <param name="token">The token.</param>
    public void RevokeToken(string token) => _service.Change(_ => _credentials.RemoveToken(token));

    /// <summary>Creates an App and returns its private key like GitHub does.</summary>
    /// <param name="appId">Number or client id.</param>
    /// <param name="privateKeyPem">Its key; null for a new one.</param>
    public string AddApp(string appId, string? privateKeyPem = null) =>
        _service.Change(_ => _credentials.AddApp(appId, privateKeyPem));

    /// <summary>Installs an App in an organization.</summary>
    /// <param name="appId">The App.</param>
    /// <param name="installationId">Id of the installation.</param>
    /// <param name="organization">Where; it is declared, too.</param>
    public void AddInstallation(string appId, long installationId, string organization) =>
        _service.Change(_ => _credentials.AddInstallation(appId, installationId, _accounts.AddOrganization(organization)));

    /// <summary>Uninstalls an App: its tokens become invalid immediately.</summary>
    /// <param name="installationId">Id of the installation.</param>
    public void RevokeInstallation(long installationId) => _service.Change(_ => _credentials.RemoveInstallation(installationId));

    /// <summary>Suspends an installation, or ends its suspension.</summary>
    /// <param name="installationId">Id of the installation.</param>
    /// <param name="suspended">Which.</param>
    public void SuspendInstallation(long installationId, bool suspended = true) =>
        _service.Change(_ => InstallationOf(installationId).IsSuspended = suspended);

    /// <summary>Takes from an installation the right to manage runners, or gives it back.</summary>
    /// <param name="installationId">Id of the installation.</param>
    /// <param name="allowed">Which.</param>
    public void AllowRunners(long installationId, bool allowed) =>
        _service.Change(_ => InstallationOf(installationId).MayManageRunners = allowed);

    /// <summary>Adds a runner that belongs to someone else; it takes no jobs here. Returns its id.</summary>
    /// <param name="place"><c>orgs/o</c>, <c>repos/o/r</c> or <c>enterprises/e</c>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="online">Its online state in the API.</param>
    /// <param name="busy">Its busy state in the API.</param>
    public long AddForeignRunner(string place, string name, IReadOnlyList<string> labels, bool online = true, bool busy = false) =>
        _service.Change(_ => _fleet.AddForeign(PlaceOf(place), name, labels, online, busy).Id);

    /// <summary>Cuts the network between GitHub and a busy runner, whose job continues.</summary>
    /// <param name="name">Its name.</param>
    public void SetRunnerOfflineWhileBusy(string name) =>
        _service.Change(_ => _runners.All.Single(runner => runner.Name == name && runner.IsBusy).IsCutOff = true);

    /// <summary>Queues a job.</summary>
    /// <param name="repository">Owner and name; declared before.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="duration">How long it runs.</param>
    /// <param name="runId">Its workflow run; null for a new one.</param>
    public SimulatedJob QueueJob(string repository, IReadOnlyList<string> labels, TimeSpan duration, long? runId = null) =>
        _service.Change(_ => _intake.Queue(PlaceOf($"repos/{repository}"), labels, duration, runId).Snapshot());

    /// <summary>Declares a job that needs an approval: its event <c>queued</c> has the status <c>waiting</c>.</summary>
    /// <param name="repository">Owner and name; declared before.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="duration">How long it runs.</param>
    /// <param name="runId">Its workflow run; null for a new one.</param>
    public SimulatedJob QueueJobForApproval(string repository, IReadOnlyList<string> labels, TimeSpan duration, long? runId = null) =>
        _service.Change(_ => _intake.Queue(PlaceOf($"repos/{repository}"), labels, duration, runId, isHeldBack: true).Snapshot());

    /// <summary>Holds back a queued, unassigned job again.</summary>
    /// <param name="id">The job.</param>
    public void HoldJobBack(long id) => _service.Change(_ => _jobs.HoldBack(_jobs.Find(id) ?? throw new KeyNotFoundException($"job {id}")));

    /// <summary>Approves a job that waits: it is queued.</summary>
    /// <param name="id">The job.</param>
    public void ApproveJob(long id) => _service.Change(_ => _jobs.Approve(_jobs.Find(id) ?? throw new KeyNotFoundException($"job {id}")));

    /// <summary>Cancels a job in any state.</summary>
    /// <param name="id">The job.</param>
    public void CancelJob(long id) => _service.Change(callbacks => _jobs.Cancel(_jobs.Find(id) ?? throw new KeyNotFoundException($"job {id}"), callbacks));

    /// <summary>Makes a running job fail on its own.</summary>
    /// <param name="id">The job.</param>
    public void FailJob(long id) => _service.Change(callbacks => _jobs.Fail(_jobs.Find(id) ?? throw new KeyNotFoundException($"job {id}"), callbacks));

    /// <summary>Deletes a workflow run.</summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="id">The run.</param>
    public void DeleteRun(string repository, long id) => _service.Change(_ => { PlaceOf($"repos/{repository}").Runs.Remove(id); });

    /// <summary>Starts a run again, as a person does: a job of it, or all.</summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="id">The run.</param>
    public void RerunByHand(string repository, long id) => _service.Change(_ =>
    {
        var run = PlaceOf($"repos/{repository}").Runs[id];
        _intake.Rerun(run, run.JobsOf(run.Attempt));
    });

    /// <summary>What runners say of their jobs when their machines are shut down, as a conclusion such as <c>cancelled</c>; null, as at first, where they fall silent.</summary>
    public string? FinalConclusion
    {
        get => _service.Read(() => _jobs.FinalConclusion);
        set => _service.Change(_ => _jobs.FinalConclusion = value);
    }

    /// <summary>Takes from an installation the right to write actions, or gives it.</summary>
    /// <param name="installationId">Id of the installation.</param>
    /// <param name="allowed">Which.</param>
    public void AllowActions(long installationId, bool allowed) =>
        _service.Change(_ => InstallationOf(installationId).MayWriteActions = allowed);

    /// <inheritdoc/>
    public string? Configure(RunnerConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return _service.Change(callbacks => _credentials.FindRegistration(configuration.Token, _ground.Clock.GetUtcNow()) is { } place
            ? _fleet.Configure(place, configuration, Address, callbacks) : null);
    }

    /// <inheritdoc/>
    public IRunnerProcess? Start(string encodedJitConfig, Action onJobStarted, Action<RunnerExit> onExit) =>
        _service.Change(_ => _fleet.Start(
            encodedJitConfig, runner => new RunnerProcess(runner, onJobStarted, onExit, process => _service.Change(_ => _fleet.Kill(process)))));

    /// <summary>Stops the service.</summary>
    public async ValueTask DisposeAsync()
    {
        ScaleSets.CutPolls();
        await _web.DisposeAsync();
        _courier.Dispose();
    }

    private IEnumerable<GitHubEndpoint> RestApi(SimulatedGitHubOptions options)
    {
        var packages = new RunnerPackages(options.RunnerVersion, _ground.Clock.GetUtcNow());
        var runners = new RunnerEndpoints(_fleet, _runners, packages);
        var registrations = new RegistrationEndpoints(_fleet, runners.Show, _window, _credentials);
        return
        [
            .. new AppEndpoints(_credentials).All(),
            .. runners.All(),
            .. registrations.All(),
            .. new RepositoryEndpoints(_accounts, _jobs, new RunEndpoints(_intake, _jobs)).All(),
            .. Oidc.Endpoints(),
            .. new HookEndpoints(_webhooks).All(),
            .. new ControlEndpoints(_accounts, _intake, _jobs, _webhooks).All(),
        ];
    }

    private IEnumerable<GitHubEndpoint> ScaleSetService(SimulatedGitHubOptions options, ServiceTokens tokens)
    {
        var sets = new ScaleSetEndpoints(_scaleSets, _jobs, _fleet, _window);
        return
        [
            .. new ConnectionEndpoints(tokens, options.ScaleSets).All(),
            .. sets.All(),
            .. new AgentEndpoints(_fleet, _runners).All(),
            .. new SessionEndpoints(_scaleSets, sets, tokens, options.ScaleSets).All(),
            .. new MessageEndpoints(_service, _scaleSets, _jobs, _desk, _ground.Clock, options.ScaleSets).All(),
        ];
    }

    private RunnerPlace PlaceOf(string path) => _accounts.Find(path) ?? throw new KeyNotFoundException($"{path} was not declared");

    private Caller InstallationOf(long id) =>
        _credentials.FindInstallation(id) ?? throw new KeyNotFoundException($"installation {id} was not declared");
}
