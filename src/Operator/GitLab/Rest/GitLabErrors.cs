namespace Operator.GitLab.Rest;

/// <summary>Condition reasons for GitLab's errors, and the remedy for each.</summary>
internal static class GitLabErrors
{
    public const string Unauthorized = "GitLabUnauthorized";
    public const string Forbidden = "GitLabForbidden";
    public const string NotFound = "GitLabNotFound";
    public const string InvalidRequest = "GitLabInvalidRequest";
    public const string RateLimited = "GitLabRateLimited";
    public const string ServerError = "GitLabServerError";
    public const string Unreachable = "GitLabUnreachable";
    public const string UnexpectedAnswer = "GitLabUnexpectedAnswer";

    /// <summary>What the user can do about it.</summary>
    /// <param name="reason">One of the constants.</param>
    public static string RemedyOf(string reason) => reason switch
    {
        Unauthorized => "check gitlab_token in the credentials secret: it may be expired or revoked",
        Forbidden => "give the token the scopes create_runner, manage_runner and read_api, and its user the role Owner of the group or project (an instance needs an administrator); the group must allow runner registration",
        NotFound => "check spec.gitlab.url, group and project, and that the token can see them: GitLab answers 404 for both",
        InvalidRequest => "check the tags of the pool; GitLab also answers so when the group or project has as many runners as it may have",
        RateLimited => "no action needed: it resumes automatically; pools that share a token share its rate limit",
        ServerError => "no action needed: it is retried; if it persists, see the status of that GitLab",
        Unreachable => "check the network, the proxy and spec.gitlab.url; it is retried",
        _ => "check that spec.gitlab.url is the URL of a GitLab; it is retried",
    };

    /// <summary>Whether retrying is useless until someone changes something.</summary>
    /// <param name="reason">One of the constants.</param>
    public static bool NeedsAChange(string reason) => reason is Unauthorized or Forbidden or NotFound or InvalidRequest;

    /// <summary>The default meaning of a status.</summary>
    public static string ReasonOf(int status) => status switch
    {
        401 => Unauthorized,
        403 => Forbidden,
        404 or (>= 300 and < 400) => NotFound,
        400 or 409 or 422 => InvalidRequest,
        429 => RateLimited,
        >= 500 => ServerError,
        _ => UnexpectedAnswer,
    };
}

/// <summary>GitLab refused a call or could not be reached. The message is identical for repeated attempts (<see cref="ErrorText"/>).</summary>
internal sealed class GitLabApiException(string reason, string message, Exception? innerException = null) : Exception(ErrorText.Stable(message), innerException)
{
    /// <summary>One of the constants of <see cref="GitLabErrors"/>, usable as a condition reason.</summary>
    public string Reason { get; } = reason;

    /// <summary>The HTTP status; null if there was no answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>When to retry, if GitLab said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the user can do.</summary>
    public string Remedy => GitLabErrors.RemedyOf(Reason);
}
