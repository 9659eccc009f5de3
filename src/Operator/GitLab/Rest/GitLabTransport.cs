using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Operator.GitHub.Rest;

namespace Operator.GitLab.Rest;

/// <summary>One call to send.</summary>
/// <param name="Operation">Its name in logs and errors, such as <c>CreateRunner</c>.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Url">The complete URL.</param>
/// <param name="Priority">The priority.</param>
internal sealed record GitLabCall(string Operation, HttpMethod Method, Uri Url, GitHubPriority Priority)
{
    /// <summary>JSON body, if any.</summary>
    public byte[]? Body { get; init; }
}

/// <summary>Sends single calls with one token, within its rate limit, over the same connections, bounds and time-outs as calls to GitHub.</summary>
/// <param name="http">The connection pool.</param>
/// <param name="token">The access token. A secret.</param>
/// <param name="logger">One debug line per call; never a secret.</param>
internal sealed partial class GitLabTransport(GitHubHttp http, string token, ILogger logger)
{
    private const int LongestMessage = 300;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly ProductInfoHeaderValue UserAgent = new("ec2runners-operator", OperatorVersion.Number);
    private readonly GitLabLimiter _limiter = new(http.Clock);

    /// <summary>Remaining calls of the current window; null where GitLab reports none.</summary>
    public long? Remaining => _limiter.Remaining;

    /// <summary>Sends a call and returns its answer, or null for a status that is as good.</summary>
    /// <param name="call">The call.</param>
    /// <param name="alsoFine">The status that becomes null; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitLabApiException">GitLab refuses, or there is no response.</exception>
    public async Task<GitHubAnswer?> SendAsync(GitLabCall call, HttpStatusCode? alsoFine, CancellationToken cancellationToken)
    {
        using var slot = await _limiter.EnterAsync(call.Priority, cancellationToken);
        using var request = GitHubHttp.Request(call.Operation, call.Method, call.Url, new AuthenticationHeaderValue("Bearer", token), call.Body);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.Add(UserAgent);
        var answer = await SendAsync(call, request, cancellationToken);
        LogCall(call.Operation, call.Url.AbsolutePath, (int)answer.Status, _limiter.Remaining);
        var wait = _limiter.Observe(answer.Status, answer.Headers);
        return answer.Status == alsoFine ? null
            : answer.IsSuccess ? answer
            : throw new GitLabApiException(GitLabErrors.ReasonOf((int)answer.Status), $"{call.Operation} was answered {(int)answer.Status}: {MessageOf(answer)}") { StatusCode = (int)answer.Status, RetryAfter = wait };
    }

    /// <summary>Parses the JSON of a successful response.</summary>
    /// <exception cref="GitLabApiException">It is something else, such as a proxy's page.</exception>
    public static T Read<T>(GitHubAnswer answer, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type) ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            throw Odd(answer, "the answer does not come from GitLab's API", exception);
        }
    }

    /// <summary>The exception for an answer that makes no sense.</summary>
    public static GitLabApiException Odd(GitHubAnswer answer, string message, Exception? innerException = null) =>
        new(GitLabErrors.UnexpectedAnswer, message, innerException) { StatusCode = (int)answer.Status };

    private async Task<GitHubAnswer> SendAsync(GitLabCall call, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(call.Operation, request, Timeout, cancellationToken);
        }
        catch (GitHubApiException e)
        {
            throw new GitLabApiException(e.Reason == GitHubErrors.Unreachable ? GitLabErrors.Unreachable : GitLabErrors.UnexpectedAnswer, e.Message, e) { StatusCode = e.StatusCode };
        }
    }

    // Messages of hosts that no administrator has named could display anything.
    private string MessageOf(GitHubAnswer answer)
    {
        var text = !answer.MayBeQuoted ? $"{answer.Status}" : TextOf(answer.Body) ?? $"{answer.Status}, without GitLab's explanation";
        text = ErrorText.Stable(text.Replace(token, "***", StringComparison.Ordinal));
        return text.Length <= LongestMessage ? text : text[..LongestMessage] + "...";
    }

    private static string? TextOf(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, GitLabJson.Default.GitLabErrorBody) is { } error && (error.Message ?? error.Error) is { } text
                ? text.ValueKind == JsonValueKind.String ? text.GetString() : text.GetRawText() : null;
        }
        catch (JsonException)
        {
            return body.Length is > 0 and < LongestMessage && !body.Contains((byte)'<') ? Encoding.UTF8.GetString(body).Trim() : null;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "GitLab {Operation} {Path}: {Status}, {Remaining} calls left")]
    private partial void LogCall(string operation, string path, int status, long? remaining);
}
