using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Network;

namespace Operator.Scenarios;

/// <summary>A "GitHub Enterprise Server" that a tenant runs: it says of jobs what the tenant likes, and keeps what it was sent.</summary>
internal sealed class TenantServer : IAsyncDisposable
{
    public const string Organization = "theirs";
    public const string Repository = "theirs/app";

    private readonly WebApplication _app;

    private TenantServer(WebApplication app) => _app = app;

    /// <summary>Where it is, without a slash at the end.</summary>
    public string Address => _app.Urls.First();

    public string Url => $"{Address}/{Organization}";

    /// <summary>The credentials that were sent here.</summary>
    public ConcurrentQueue<string> Credentials { get; } = [];

    /// <summary>The jobs of its one run.</summary>
    public IReadOnlyList<JsonObject> Jobs { get; set; } = [];

    /// <summary>What it answers when it is asked for a single job.</summary>
    public Func<long, JsonObject?> Job { get; set; } = _ => null;

    /// <summary>How often single jobs were asked for.</summary>
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

    private Task AnswerAsync(HttpContext context)
    {
        Credentials.Enqueue($"{context.Request.Headers.Authorization}");
        var path = context.Request.Path.Value!["/api/v3/".Length..];
        JsonNode? answer = path switch
        {
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
        context.Response.StatusCode = answer is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer?.ToJsonString() ?? "{}");
    }

    private JsonObject? JobOfPath(string path)
    {
        Interlocked.Increment(ref JobQuestions);
        return Job(long.Parse(path[(path.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
