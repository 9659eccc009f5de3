using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitLab;

/// <summary>
/// GitLab's runners and jobs over HTTP (<c>/api/v4</c>, <c>/api/graphql</c>), and as processes on simulated hosts see them. Starts empty: declare groups, projects and tokens first. Calls are named
/// <c>gitlab:CreateRunner</c> and so on.
/// </summary>
public sealed class SimulatedGitLab : IRunnerServer, IAsyncDisposable
{
    /// <summary>The scopes that the operator needs.</summary>
    public static readonly IReadOnlyList<string> OperatorScopes = ["create_runner", "manage_runner", "read_api"];

    private readonly ServiceLock _service = new();
    private readonly SimulationGround _ground;
    private readonly GitLabForge _forge;
    private readonly GitLabRest _rest;
    private readonly GitLabProtocol _protocol;
    private WebApplication _web = null!;
    private (DateTimeOffset Begun, int Calls) _window;

    private SimulatedGitLab(SimulationGround ground, int seed)
    {
        _ground = ground;
        _forge = new GitLabForge(_service, ground.Clock, new Random(seed));
        _rest = new GitLabRest(_forge, new GitLabViews(_forge));
        _protocol = new GitLabProtocol(_forge);
    }

    /// <summary>Its URL, ending in a slash.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Calls a minute that it answers, of all together; null for any number.</summary>
    public int? CallsPerMinute { get; set; }

    /// <summary>Every runner, by id.</summary>
    public IReadOnlyList<SimulatedGitLabRunner> Runners => _service.Read(() => _forge.Runners.Values.OrderBy(runner => runner.Id).Select(runner => new SimulatedGitLabRunner(
        runner.Id, runner.Description, runner.Tags, runner.Paused, _forge.StatusOf(runner), runner.RunUntagged, runner.MaximumTimeout)).ToList());

    /// <summary>Every job that was ever queued, in order.</summary>
    public IReadOnlyList<SimulatedGitLabJob> Jobs => _service.Read(() => _forge.Jobs.Select(job => new SimulatedGitLabJob(
        job.Id, job.Project.Path, job.Status, job.FailureReason, job.Runner?.Id, Encoding.UTF8.GetString([.. job.Trace]))).ToList());

    /// <summary>The most runners of a group or project.</summary>
    public int RunnerLimit
    {
        get => _service.Read(() => _forge.RunnerLimit);
        set => _service.Change(_ => _forge.RunnerLimit = value);
    }

    /// <summary>Starts the service.</summary>
    /// <param name="ground">Clock, faults and call log.</param>
    /// <param name="seed">Where its randomness starts.</param>
    /// <param name="port">Its port; 0 for a free one.</param>
    public static async Task<SimulatedGitLab> StartAsync(SimulationGround ground, int seed = 1, int port = 0)
    {
        ArgumentNullException.ThrowIfNull(ground);
        var gitLab = new SimulatedGitLab(ground, seed);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ground.Network.Serve(builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls($"http://127.0.0.1:{port}"));
        gitLab._web = builder.Build();
        gitLab._web.Run(gitLab.HandleAsync);
        await gitLab._web.StartAsync();
        gitLab.Address = new Uri(gitLab._web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");
        return gitLab;
    }

    /// <summary>Declares a group.</summary>
    /// <param name="path">Its full path.</param>
    public void AddGroup(string path) => _service.Change(_ => _forge.AddPlace(path, isProject: false));

    /// <summary>Declares a project.</summary>
    /// <param name="path">Its full path.</param>
    public void AddProject(string path) => _service.Change(_ => _forge.AddPlace(path, isProject: true));

    /// <summary>Declares an access token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="scopes">Its scopes; those of the operator if there are none.</param>
    public void AddAccessToken(string token, params string[] scopes) => _service.Change(_ => _rest.Tokens[token] = scopes.Length > 0 ? scopes : OperatorScopes);

    /// <summary>The last day of access tokens.</summary>
    /// <param name="day">Such as <c>2026-12-31</c>; null for never.</param>
    public void ExpireTokens(string? day) => _service.Change(_ => _rest.TokensExpireAt = day);

    /// <summary>Queues a job.</summary>
    /// <param name="project">The project's full path.</param>
    /// <param name="tags">The tags that it wants.</param>
    /// <param name="duration">How long it runs.</param>
    /// <returns>Its id.</returns>
    public long QueueJob(string project, IReadOnlyList<string> tags, TimeSpan duration) => _service.Change(callbacks =>
        _forge.Queue(_forge.Find(project, isProject: true) ?? throw new ArgumentException($"no project {project}", nameof(project)), tags, duration, isProtected: true, callbacks).Id);

    /// <summary>Cancels a job.</summary>
    /// <param name="id">Its id.</param>
    public void CancelJob(long id) => _service.Change(callbacks =>
    {
        if (_forge.Jobs.Find(job => job.Id == id) is { IsUnfinished: true } job)
        {
            _forge.End(job, "canceled", reason: null, callbacks);
        }
    });

    /// <summary>Deletes a runner, as a person can, whatever runs on it.</summary>
    /// <param name="id">Its id.</param>
    public void DeleteRunner(long id) => _service.Change(_ => _forge.Delete(_forge.Runners[id]));

    /// <inheritdoc/>
    public string? Configure(RunnerConfiguration configuration) => null;

    /// <inheritdoc/>
    public IRunnerProcess? Start(string encodedJitConfig, Action onJobStarted, Action<RunnerExit> onExit) => _service.Change(callbacks =>
        _forge.Start(encodedJitConfig, () => new GitLabProcess(onJobStarted, onExit, process => _service.Change(_ => _forge.Kill(process))), callbacks));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private async Task HandleAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var request = new GitLabRequest(http, SegmentsOf(http.Request.Path.Value ?? ""), Parse(buffer.ToArray()), buffer.ToArray(), []);
        var found = _rest.Find(request) ?? _protocol.Find(request) ?? ("Unknown", () => GitLabReply.NotFound("Page"));
        var name = $"gitlab:{found.Name}";
        _ground.Calls.Add(name);
        if (await StrikeAsync(http, name, FaultMoment.Before))
        {
            return;
        }

        var reply = _service.Change(callbacks =>
        {
            var answer = Limit() ?? found.Answer();
            callbacks.AddRange(request.Callbacks);
            return answer;
        });
        if (!await StrikeAsync(http, name, FaultMoment.After))
        {
            await WriteAsync(http, reply);
        }
    }

    private static string[] SegmentsOf(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        return parts is ["api", "graphql"] ? ["graphql"] : parts is ["api", "v4", .. var rest] ? rest : ["unknown"];
    }

    private static JsonObject Parse(byte[] body)
    {
        try
        {
            return body.Length > 0 && body[0] == '{' ? JsonNode.Parse(body) as JsonObject ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    // Plain text, as the server's throttle answers.
    private GitLabReply? Limit()
    {
        if (CallsPerMinute is not { } most)
        {
            return null;
        }

        var now = _ground.Clock.GetUtcNow();
        _window = now - _window.Begun >= TimeSpan.FromMinutes(1) ? (now, 1) : (_window.Begun, _window.Calls + 1);
        if (_window.Calls <= most)
        {
            return null;
        }

        var end = _window.Begun + TimeSpan.FromMinutes(1);
        var reply = new GitLabReply(429, "Retry later\n"u8.ToArray(), "text/plain");
        reply.Headers["RateLimit-Name"] = "throttle_authenticated_api";
        reply.Headers["RateLimit-Limit"] = most.ToString(CultureInfo.InvariantCulture);
        reply.Headers["RateLimit-Remaining"] = "0";
        reply.Headers["RateLimit-Reset"] = end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        reply.Headers["Retry-After"] = Math.Max(1, (int)Math.Ceiling((end - now).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return reply;
    }

    private async Task<bool> StrikeAsync(HttpContext http, string name, FaultMoment moment)
    {
        switch (_ground.Faults.Take(name, moment))
        {
            case Fault.Cut:
                http.Abort();
                return true;
            case Fault.Delay delay:
                await Task.Delay(delay.Duration, _ground.Clock, http.RequestAborted);
                return false;
            case Fault.Answer answer:
                await WriteAsync(http, new GitLabReply(answer.StatusCode, Encoding.UTF8.GetBytes(answer.Body)));
                return true;
            case Fault.Error error:
                await WriteAsync(http, GitLabReply.Message(error.StatusCode, error.Code));
                return true;
            default:
                return false;
        }
    }

    private static async Task WriteAsync(HttpContext http, GitLabReply reply)
    {
        http.Response.StatusCode = reply.Status;
        foreach (var (header, value) in reply.Headers)
        {
            http.Response.Headers[header] = value;
        }

        if (reply.Body.Length > 0)
        {
            http.Response.ContentType = reply.ContentType;
            http.Response.ContentLength = reply.Body.Length;
            await http.Response.Body.WriteAsync(reply.Body, http.RequestAborted);
        }
    }
}

/// <summary>A runner as of now.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Description">Its description.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Paused">Whether it gets no jobs.</param>
/// <param name="Status">Such as <c>online</c> or <c>never_contacted</c>.</param>
/// <param name="RunUntagged">Whether it takes jobs without tags.</param>
/// <param name="MaximumTimeout">In seconds; null for none.</param>
public sealed record SimulatedGitLabRunner(long Id, string Description, IReadOnlyList<string> Tags, bool Paused, string Status, bool RunUntagged, long? MaximumTimeout);

/// <summary>A job as of now.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Project">Its project.</param>
/// <param name="Status">Such as <c>pending</c>, <c>running</c> or <c>success</c>.</param>
/// <param name="FailureReason">Why it failed; null if it did not.</param>
/// <param name="RunnerId">Its runner; null for none, and for one that was deleted.</param>
/// <param name="Trace">Its log.</param>
public sealed record SimulatedGitLabJob(long Id, string Project, string Status, string? FailureReason, long? RunnerId, string Trace);
