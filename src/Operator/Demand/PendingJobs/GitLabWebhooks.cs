using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Operator.Demand.Webhooks;

namespace Operator.Demand.PendingJobs;

/// <summary>
/// Webhooks of GitLab. A job event has no tags of its job, so it does not say which pool serves it: it lets the leader look for pending jobs at once instead of at its next round. GitLab turns off a webhook whose
/// deliveries are refused, so whatever is verified is answered with success.
/// </summary>
internal sealed class GitLabWebhooks(WebhookSecrets secrets, HeardJobs heard, TimeProvider timeProvider) : IWebhookSource
{
    /// <summary>The path that GitLab sends events to.</summary>
    public const string Path = "/webhooks/gitlab";

    /// <summary>The event's name.</summary>
    public const string JobEvent = "Job Hook";

    public string Sender => "GitLab";

    public string EventHeader => "X-Gitlab-Event";

    public WebhookResult Unsigned { get; } = new(
        StatusCodes.Status401Unauthorized, "WrongSignature",
        $"X-Gitlab-Token or webhook-signature is missing, outdated or of another secret: the webhook's secret token or signing token must be the {WebhookSecrets.GitLabKey} of the credentials Secret");

    // What other events contain is known only after the check of the secret, and GitLab must not count their answers as failures.
    public WebhookResult? Ignore(string name) => name == JobEvent ? null : WebhookResult.Done("Ignored", "only job events are needed");

    public bool IsSigned(IHeaderDictionary headers) => GitLabSignature.IsThere(headers);

    public WebhookTrust? Verify(IHeaderDictionary headers, byte[] body) => secrets.Verify(secret => GitLabSignature.Matches(secret, headers, body, timeProvider.GetUtcNow()));

    public async Task<WebhookResult> DispatchAsync(IHeaderDictionary headers, byte[] body, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (WebhookBody.Read(body, JobHookJson.Default.JobHook) is not { Status: { } status, Project.Path: { Length: > 0 } project })
        {
            return WebhookResult.Malformed("the body is not that of a job event");
        }

        // A created job waits for earlier stages; one that was cancelled leaves its machine to others.
        return status is not ("pending" or "canceled") ? WebhookResult.Done("Ignored", "this status of a job needs no response")
            : await heard.NoteAsync(project, trust, cancellationToken) > 0 ? WebhookResult.Done("Recorded")
            : WebhookResult.Done("NoPool", "no pool of the webhook's secret looks for this project's pending jobs");
    }
}

/// <summary>The part of a job event that is read.</summary>
internal sealed record JobHook
{
    [JsonPropertyName("build_status")]
    public string? Status { get; init; }

    [JsonPropertyName("project")]
    public JobHookProject? Project { get; init; }
}

/// <summary>The project of a job event.</summary>
internal sealed record JobHookProject
{
    [JsonPropertyName("path_with_namespace")]
    public string? Path { get; init; }
}

[JsonSerializable(typeof(JobHook))]
internal sealed partial class JobHookJson : JsonSerializerContext;
