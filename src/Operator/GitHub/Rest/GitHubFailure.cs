using System.Net;

namespace Operator.GitHub.Rest;

/// <summary>Maps unsuccessful responses to exceptions.</summary>
internal static class GitHubFailure
{
    private const int LongestMessage = 300;

    /// <summary>The exception for a response.</summary>
    /// <param name="call">The call.</param>
    /// <param name="answer">The response.</param>
    /// <param name="bearer">The secret that was sent, to redact it.</param>
    public static GitHubApiException From(GitHubCall call, GitHubAnswer answer, string bearer)
    {
        var message = $"{call.Operation} was answered {(int)answer.Status}: {MessageOf(answer, bearer)}";
        return (answer.Status, answer.ReadError()?.Message) switch
        {
            (HttpStatusCode.Conflict, _) => new GitHubNameTakenException(message)
            {
                StatusCode = (int)answer.Status,
                RequestId = RequestIdOf(answer),
            },
            var (status, text) => Plain(ReasonOf(status, text), message, answer),
        };
    }

    /// <summary>The same response with a more specific reason known to the call.</summary>
    /// <param name="reason">One of the constants of <see cref="GitHubErrors"/>.</param>
    /// <param name="message">Text for users.</param>
    /// <param name="answer">The response.</param>
    /// <param name="text">Its complete message without secrets, if a decision depends on it.</param>
    public static GitHubApiException Plain(string reason, string message, GitHubAnswer answer, string? text = null) => new(reason, message)
    {
        StatusCode = (int)answer.Status,
        DocumentationUrl = answer.ReadError()?.DocumentationUrl,
        AnswerText = text,
        RequestId = RequestIdOf(answer),
    };

    /// <summary>GitHub's message, shortened and without the secret that was sent. Messages of untrusted hosts go to the log only.</summary>
    /// <param name="answer">The response.</param>
    /// <param name="bearer">The secret.</param>
    public static string MessageOf(GitHubAnswer answer, string bearer)
    {
        var text = !answer.MayBeQuoted ? $"{answer.Status}; its text is in the log"
            : answer.Headers.Location is { } location ? $"it is now at {location}"
            : FullTextOf(answer, bearer) ?? $"{answer.Status}, without GitHub's explanation";
        text = ErrorText.Stable(text.Replace(bearer, "***", StringComparison.Ordinal));
        return text.Length <= LongestMessage ? text : text[..LongestMessage] + "...";
    }

    /// <summary>GitHub's complete message, for the log; null if there is none.</summary>
    /// <param name="answer">The response.</param>
    /// <param name="bearer">The secret.</param>
    public static string? FullTextOf(GitHubAnswer answer, string bearer) =>
        answer.IsSuccess ? null : answer.ReadError()?.Message?.Replace(bearer, "***", StringComparison.Ordinal);

    /// <summary>GitHub's id of the request, for GitHub support.</summary>
    /// <param name="answer">The response.</param>
    public static string? RequestIdOf(GitHubAnswer answer) =>
        answer.Headers.TryGetValues("x-github-request-id", out var values) ? values.FirstOrDefault() : null;

    /// <summary>The default meaning of a status.</summary>
    public static string ReasonOf(HttpStatusCode status, string? message) => (int)status switch
    {
        >= 300 and < 400 => GitHubErrors.Moved,
        401 => GitHubErrors.Unauthorized,
        403 when message?.Contains("suspended", StringComparison.OrdinalIgnoreCase) == true => GitHubErrors.InstallationSuspended,
        403 => GitHubErrors.Forbidden,
        404 => GitHubErrors.NotFound,
        400 or 422 => GitHubErrors.InvalidRequest,
        >= 500 => GitHubErrors.ServerError,
        _ => GitHubErrors.UnexpectedAnswer,
    };
}
