using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>The relevant part of GitHub's <c>workflow_job</c> event.</summary>
internal sealed record WorkflowJobEvent
{
    /// <summary><c>queued</c>, <c>waiting</c>, <c>in_progress</c> or <c>completed</c>.</summary>
    public string? Action { get; init; }

    public GitHubJob? WorkflowJob { get; init; }

    public GitHubRepository? Repository { get; init; }

    public EventEnterprise? Enterprise { get; init; }
}

/// <summary>The enterprise that the repository's owner belongs to.</summary>
/// <param name="Slug">Its name in URLs.</param>
internal sealed record EventEnterprise(string? Slug);

/// <summary>The endpoint's answer; GitHub shows it with the delivery.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Detail">For users.</param>
internal sealed record WebhookAnswer(string Outcome, string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(LenientList<string>), typeof(LenientList<GitHubStep>)])]
[JsonSerializable(typeof(WorkflowJobEvent))]
[JsonSerializable(typeof(WorkflowRunEvent))]
internal sealed partial class WebhookEventJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class WebhookAnswerJson : JsonSerializerContext;
