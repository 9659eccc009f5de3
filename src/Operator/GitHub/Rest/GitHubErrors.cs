namespace Operator.GitHub.Rest;

/// <summary>Condition reasons for GitHub's errors, and the remedy for each.</summary>
internal static class GitHubErrors
{
    public const string Unauthorized = "GitHubUnauthorized";
    public const string Forbidden = "GitHubForbidden";
    public const string InstallationSuspended = "GitHubInstallationSuspended";
    public const string InstallationNotFound = "GitHubInstallationNotFound";
    public const string RateLimited = "GitHubRateLimited";
    public const string NotFound = "GitHubNotFound";
    public const string Moved = "GitHubMoved";
    public const string InvalidRequest = "GitHubInvalidRequest";
    public const string NameTaken = "RunnerNameTaken";
    public const string ServerError = "GitHubServerError";
    public const string Unreachable = "GitHubUnreachable";
    public const string UnexpectedAnswer = "GitHubUnexpectedAnswer";
    public const string SessionConflict = "SessionConflict";
    public const string ScaleSetTaken = "ScaleSetTaken";
    public const string LabelRefused = "LabelRefused";

    /// <summary>What the user can do about it.</summary>
    /// <param name="reason">One of the constants.</param>
    public static string RemedyOf(string reason) => reason switch
    {
        Unauthorized => "check the credentials secret: the token may be expired or revoked, the App's key may not belong to its id, "
            + "or this machine's clock may be wrong",
        Forbidden => "give the App or token the permission to manage self-hosted runners (organization: 'Self-hosted runners', "
            + "repository: 'Administration', enterprise: a token with manage_runners:enterprise)",
        InstallationSuspended => "the App's installation is suspended: have its owner unsuspend it",
        InstallationNotFound => "check github_app_installation_id, and that the App is still installed there",
        RateLimited => "no action needed: it resumes automatically; if it happens often, use a GitHub App, whose rate limit is higher",
        NotFound => "check spec.github.url, and that the credential can see it: GitHub answers 404 for both",
        Moved => "it was renamed: change spec.github.url to the new URL",
        InvalidRequest => "check the labels and the runner group of the pool",
        NameTaken => "no action needed: it is retried; if it persists, remove the runner of that name at GitHub",
        SessionConflict => "another operator is listening to this scale set: give its pool another name or runner group; if it was this operator "
            + "before a crash, GitHub ends the old session within minutes",
        ScaleSetTaken => "rename the pool or give it another runner group, or delete the other scale set at GitHub",
        LabelRefused => "change spec.github.labels to labels that GitHub accepts",
        ServerError => "no action needed: it is retried; if it persists, see GitHub's status page",
        Unreachable => "check the network, the proxy and spec.github.url; it is retried",
        _ => "check that spec.github.url is the URL of a GitHub; it is retried",
    };

    /// <summary>Whether the credential itself is refused, whatever it was used for.</summary>
    /// <param name="reason">One of the constants; null for none.</param>
    public static bool IsOfCredential(string? reason) => reason is Unauthorized or InstallationSuspended or InstallationNotFound;

    /// <summary>Whether retrying is useless until someone changes something.</summary>
    /// <param name="reason">One of the constants.</param>
    public static bool NeedsAChange(string reason) =>
        reason is Unauthorized or Forbidden or InstallationSuspended or InstallationNotFound or NotFound or Moved or InvalidRequest
            or ScaleSetTaken or LabelRefused;
}

/// <summary>
/// GitHub refused a call or could not be reached. The message is identical for repeated attempts (<see cref="ErrorText"/>).
/// </summary>
internal class GitHubApiException : Exception
{
    public GitHubApiException(string reason, string message, Exception? innerException = null)
        : base(ErrorText.Stable(message), innerException) => Reason = reason;

    /// <summary>One of the constants of <see cref="GitHubErrors"/>, usable as a condition reason.</summary>
    public string Reason { get; }

    /// <summary>The HTTP status; null if there was no answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The documentation that GitHub refers to, if any.</summary>
    public string? DocumentationUrl { get; init; }

    /// <summary>The Actions service's complete message: for decisions, not for display.</summary>
    public string? AnswerText { get; init; }

    /// <summary>GitHub's id of the request, for GitHub support.</summary>
    public string? RequestId { get; init; }

    /// <summary>What the user can do.</summary>
    public string Remedy => GitHubErrors.RemedyOf(Reason);
}

/// <summary>The rate limit is exhausted; the call was not made.</summary>
/// <param name="message">Which rate limit.</param>
/// <param name="retryAfter">When to retry.</param>
internal sealed class GitHubRateLimitedException(string message, TimeSpan retryAfter)
    : GitHubApiException(GitHubErrors.RateLimited, message)
{
    /// <summary>When to retry, from now.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>A runner with that name is already registered (409).</summary>
/// <param name="message">GitHub's message.</param>
internal sealed class GitHubNameTakenException(string message) : GitHubApiException(GitHubErrors.NameTaken, message);
