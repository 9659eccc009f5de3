using System.Net;
using System.Text.Json;
using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <summary>Maps the service's refusals to exceptions. They are identified by a type name; the status is less specific.</summary>
internal static class ScaleSetFailure
{
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(30);

    public static bool IsAgentNotFound(GitHubAnswer answer) => Names(answer, "AgentNotFoundException");

    public static bool IsJobStillRunning(GitHubAnswer answer) => Names(answer, "JobStillRunningException");

    /// <summary>The exception for a response.</summary>
    public static GitHubApiException From(ScaleSetCall call, GitHubAnswer answer, DateTimeOffset now)
    {
        var bearer = call.Authorization.Parameter ?? "-";
        var message = $"{call.Operation} was answered {(int)answer.Status}: {GitHubFailure.MessageOf(answer, bearer)}";
        if (RetryAfter(answer, now) is { } pause)
        {
            return new GitHubRateLimitedException(message, pause) { StatusCode = (int)answer.Status };
        }

        return Names(answer, "AgentExistsException")
            ? new GitHubNameTakenException(message) { StatusCode = (int)answer.Status }
            : GitHubFailure.Plain(ReasonOf(call, answer), message, answer, GitHubFailure.FullTextOf(answer, bearer));
    }

    private static string ReasonOf(ScaleSetCall call, GitHubAnswer answer) => (call.Operation, answer.Status) switch
    {
        (ScaleSetClient.CreateSession, HttpStatusCode.Conflict) => GitHubErrors.SessionConflict,
        (ScaleSetClient.CreateScaleSet, HttpStatusCode.Conflict) => GitHubErrors.ScaleSetTaken,
        (ScaleSetClient.CreateScaleSet or ScaleSetClient.UpdateScaleSet, HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity) =>
            GitHubErrors.LabelRefused,
        _ when Names(answer, "SessionExpiredException") => GitHubErrors.NotFound, // sent with a 400, which would look like an invalid label
        _ => GitHubFailure.ReasonOf(answer.Status, answer.ReadError()?.Message),
    };

    private static TimeSpan? RetryAfter(GitHubAnswer answer, DateTimeOffset now)
    {
        if (answer.Status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
        {
            return null;
        }

        return OutsideTimes.RetryAfter(answer.Headers, now) ?? (answer.Status == HttpStatusCode.TooManyRequests ? DefaultPause : null);
    }

    private static bool Names(GitHubAnswer answer, string type)
    {
        try
        {
            return !answer.IsSuccess
                && JsonSerializer.Deserialize(answer.Body, ScaleSetJson.Default.ScaleSetErrorBody)?.TypeName?.Contains(type, StringComparison.Ordinal) == true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
