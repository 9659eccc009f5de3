using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.Web;
using Operator.Simulator.GitHub.Webhooks;

namespace Operator.Simulator.GitHub.Control;

/// <summary>User actions at a simulated GitHub, for curl: below <c>/_simulator</c>, which GitHub does not have, without a token.</summary>
/// <param name="accounts">The repositories.</param>
/// <param name="intake">Creates jobs.</param>
/// <param name="jobs">The queue.</param>
/// <param name="webhooks">The webhooks.</param>
internal sealed class ControlEndpoints(AccountDirectory accounts, JobIntake intake, JobQueue jobs, WebhookService webhooks)
{
    private const int MostJobs = 10_000;
    private const double UsualSeconds = 60;

    public IEnumerable<GitHubEndpoint> All() =>
    [
        Control("ControlQueueJobs", "POST", "_simulator/jobs", QueueJobs),
        Control("ControlListJobs", "GET", "_simulator/jobs", _ => Shown(200, jobs.All)),
        Control("ControlCancelJob", "DELETE", "_simulator/jobs/{job:long}", CancelJob),
        Control("ControlAddWebhook", "POST", "_simulator/webhooks", AddWebhook),
        Control("ControlSetWeather", "PUT", "_simulator/weather", SetWeather),
    ];

    private static GitHubEndpoint Control(string name, string method, string pattern, Func<GitHubRequest, GitHubReply> handle) =>
        new(name, method, pattern, Audience.Public, handle);

    private GitHubReply QueueJobs(GitHubRequest request)
    {
        if (Read(request, ControlWire.Default.JobOrder) is not { Repository: { } repository, Labels: { Count: > 0 } labels } order
            || accounts.Find($"repos/{repository}") is not { } place || order.Count is < 1 or > MostJobs || order.Seconds < 0)
        {
            return GitHubReply.Error(422, """Send {"repository":"<owner>/<name>","labels":["<label>"],"seconds":60,"count":1}; the repository must be one of the simulated ones.""");
        }

        var duration = TimeSpan.FromSeconds(order.Seconds ?? UsualSeconds);
        return Shown(201, [.. Enumerable.Range(0, order.Count ?? 1).Select(_ => intake.Queue(place, labels, duration, order.RunId))]);
    }

    private GitHubReply CancelJob(GitHubRequest request)
    {
        if (jobs.Find(long.Parse(request.Route("job"))) is not { } job)
        {
            return GitHubReply.NotFound;
        }

        jobs.Cancel(job, request.Callbacks);
        return GitHubReply.NoContent;
    }

    private GitHubReply AddWebhook(GitHubRequest request)
    {
        if (Read(request, ControlWire.Default.WebhookOrder) is not { Place: { } name } order
            || accounts.Find(name) is not { } place || !Uri.TryCreate(order.Url, UriKind.Absolute, out var url))
        {
            return GitHubReply.Error(422, """Send {"place":"orgs/<name>","url":"http://...","secret":"..."}; the place must be one of the simulated ones.""");
        }

        var hook = webhooks.Add(place, null, url, order.Secret, ["workflow_job", "workflow_run"]);
        return GitHubReply.Json(201, HookView.ToJson(hook, request.Api));
    }

    private GitHubReply SetWeather(GitHubRequest request)
    {
        if (Read(request, ControlWire.Default.WeatherOrder) is not { } order)
        {
            return GitHubReply.Error(422, """Send {"loss":0.1,"vanishing":0,"duplication":0,"reordering":0,"replay":0}.""");
        }

        webhooks.Weather = new WebhookWeather
        {
            Loss = order.Loss ?? 0,
            Vanishing = order.Vanishing ?? 0,
            Duplication = order.Duplication ?? 0,
            Reordering = order.Reordering ?? 0,
            Replay = order.Replay ?? 0,
        };
        return GitHubReply.NoContent;
    }

    private static GitHubReply Shown(int status, IEnumerable<JobRecord> found) =>
        GitHubReply.Json(status, [.. found.Select(job => job.Snapshot())], ControlWire.Default.ListSimulatedJob);

    private static T? Read<T>(GitHubRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(request.Body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Jobs to create.</summary>
internal sealed record JobOrder(string? Repository, IReadOnlyList<string>? Labels, double? Seconds, int? Count, long? RunId);

/// <summary>A webhook to create.</summary>
internal sealed record WebhookOrder(string? Place, string? Url, string? Secret);

/// <summary>Webhook faults; omitted ones are off.</summary>
internal sealed record WeatherOrder(double? Loss, double? Vanishing, double? Duplication, double? Reordering, double? Replay);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobOrder))]
[JsonSerializable(typeof(WebhookOrder))]
[JsonSerializable(typeof(WeatherOrder))]
[JsonSerializable(typeof(List<SimulatedJob>))]
internal sealed partial class ControlWire : JsonSerializerContext;
