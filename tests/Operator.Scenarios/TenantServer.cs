using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Network;

namespace Operator.Scenarios;

/// <summary>A "GitHub Enterprise Server" that a tenant runs: it reports arbitrary jobs, and records its requests.</summary>
internal sealed class TenantServer : IAsyncDisposable
{
    public const string Organization = "theirs";
    public const string Repository = "theirs/app";

    private const string Api = "/api/v3/";
    private const string ScaleSets = "/_apis/runtime/runnerscalesets";
    private const string Queue = "/queue";

    private readonly WebApplication _app;
    private JsonObject? _scaleSet;

    private TenantServer(WebApplication app) => _app = app;

    /// <summary>Where it is, without a slash at the end.</summary>
    public string Address => _app.Urls.First();

    public string Url => $"{Address}/{Organization}";

    /// <summary>The credentials that were sent here.</summary>
    public ConcurrentQueue<string> Credentials { get; } = [];

    /// <summary>The jobs of its one run.</summary>
    public IReadOnlyList<JsonObject> Jobs { get; set; } = [];

    /// <summary>Its answer to a request for a single job.</summary>
    public Func<long, JsonObject?> Job { get; set; } = _ => null;

    /// <summary>The name and id that it gives to a runner which is to be registered under a name.</summary>
    public Func<string, (string Name, long Id)> Register { get; set; } = name => (name, 10_000);

    /// <summary>How often a runner was registered.</summary>
    public int Registrations;

    /// <summary>Jobs that its scale set reports once.</summary>
    public ConcurrentQueue<JsonObject> Messages { get; } = [];

    /// <summary>The text with which it refuses everything; null where it does not.</summary>
    public string? Refusal { get; set; }

    /// <summary>Number of requests for single jobs.</summary>
    public int JobQuestions;

    public static async Task<TenantServer> StartAsync(INetwork network)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        network.Serve(builder.WebHost.UseUrls("http://127.0.0.1:0"));
        var server = new TenantServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>A job as the API shows it.</summary>
    public static JsonObject JobOf(long id, string status, string? runner = null, long? runnerId = null, params string[] labels) => new()
    {
        ["id"] = id,
        ["run_id"] = 7,
        ["status"] = status,
        ["conclusion"] = status == "completed" ? "success" : null,
        ["workflow_name"] = "written by the tenant",
        ["labels"] = new JsonArray([.. labels.Select(label => (JsonNode)label)]),
        ["runner_name"] = runner,
        ["runner_id"] = runnerId,
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Credentials.Enqueue($"{context.Request.Headers.Authorization}");
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync() is { Length: > 0 } sent ? JsonNode.Parse(sent) : null;
        var path = context.Request.Path.Value!;
        var answer = Refusal is { } text ? new JsonObject { ["message"] = text }
            : path.StartsWith(Api, StringComparison.Ordinal) ? Rest(path[Api.Length..], body)
            : Service($"{context.Request.Method} {path}", body);
        context.Response.StatusCode = Refusal is not null ? StatusCodes.Status403Forbidden
            : answer is null ? path == Queue ? StatusCodes.Status202Accepted : StatusCodes.Status404NotFound
            : StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer?.ToJsonString() ?? "{}");
    }

    private JsonNode? Rest(string path, JsonNode? body) =>
        path switch
        {
            $"orgs/{Organization}/actions/runner-groups" => new JsonObject
            {
                ["total_count"] = 1,
                ["runner_groups"] = new JsonArray(new JsonObject { ["id"] = 1, ["name"] = "Default", ["default"] = true }),
            },
            $"orgs/{Organization}/actions/runners/generate-jitconfig" => RegistrationOf(body, "encoded_jit_config"),
            $"orgs/{Organization}/actions/runners/registration-token" => new JsonObject { ["token"] = "registration" },
            $"orgs/{Organization}/actions/runners/downloads" => new JsonArray(),
            "actions/runner-registration" => new JsonObject { ["url"] = Address, ["token"] = "admin" },
            _ when path.StartsWith($"orgs/{Organization}/actions/runners/", StringComparison.Ordinal) => null,
            $"orgs/{Organization}/actions/runners" => new JsonObject { ["total_count"] = 0, ["runners"] = new JsonArray() },
            $"orgs/{Organization}/repos" => new JsonArray(new JsonObject { ["id"] = 1, ["full_name"] = Repository, ["html_url"] = $"{Address}/{Repository}" }),
            $"repos/{Repository}/actions/runs" => new JsonObject
            {
                ["total_count"] = 1,
                ["workflow_runs"] = new JsonArray(new JsonObject { ["id"] = 7, ["run_attempt"] = 1 }),
            },
            $"repos/{Repository}/actions/runs/7/jobs" => new JsonObject
            {
                ["total_count"] = Jobs.Count,
                ["jobs"] = new JsonArray([.. Jobs.Select(job => job.DeepClone())]),
            },
            _ when path.StartsWith($"repos/{Repository}/actions/jobs/", StringComparison.Ordinal) => JobOfPath(path),
            _ => new JsonArray(),
        };

    private JsonObject? Service(string call, JsonNode? body) => call switch
    {
        $"GET {ScaleSets}" or "GET /_apis/distributedtask/pools/0/agents" => new JsonObject { ["count"] = 0, ["value"] = new JsonArray() },
        $"POST {ScaleSets}" => Remember(body!.AsObject()),
        $"GET {ScaleSets}/1" => _scaleSet?.DeepClone().AsObject(),
        $"PATCH {ScaleSets}/1" => Remember(body!.AsObject()),
        $"POST {ScaleSets}/1/generatejitconfig" => RegistrationOf(body, "encodedJITConfig"),
        $"GET {Queue}" => Messages.TryDequeue(out var job) ? MessageOf(job) : null,
        _ when call.Contains("/sessions", StringComparison.Ordinal) => new JsonObject
        {
            ["sessionId"] = "6e5bd3ee-5a9a-4a53-9b7e-f0f2a1d1c0de",
            ["messageQueueUrl"] = Address + Queue,
            ["messageQueueAccessToken"] = "queue",
            ["statistics"] = new JsonObject { ["totalAssignedJobs"] = 1 },
        },
        _ => new JsonObject(),
    };

    private JsonObject Remember(JsonObject scaleSet)
    {
        scaleSet["id"] = 1;
        return (_scaleSet = scaleSet).DeepClone().AsObject();
    }

    private JsonObject RegistrationOf(JsonNode? body, string config)
    {
        Interlocked.Increment(ref Registrations);
        var (name, id) = Register(body!["name"]!.ToString());
        return new() { ["runner"] = new JsonObject { ["id"] = id, ["name"] = name }, [config] = "config" };
    }

    private static JsonObject MessageOf(JsonObject job) => new()
    {
        ["messageId"] = 1,
        ["messageType"] = "RunnerScaleSetJobMessages",
        ["body"] = new JsonArray(job.DeepClone()).ToJsonString(),
        ["statistics"] = new JsonObject { ["totalAssignedJobs"] = 1 },
    };

    private JsonObject? JobOfPath(string path)
    {
        Interlocked.Increment(ref JobQuestions);
        return Job(long.Parse(path[(path.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
