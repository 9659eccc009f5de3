using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Operator.GitHub.Rest;

/// <summary>One call to send.</summary>
/// <param name="Operation">Its name in logs, metrics and budgets, such as <c>ListRunners</c>.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path and query below the API's root.</param>
/// <param name="Priority">The priority.</param>
internal sealed record GitHubCall(string Operation, HttpMethod Method, string Path, GitHubPriority Priority)
{
    /// <summary>The call's name, attached to its request for handlers that count or trace.</summary>
    public static readonly HttpRequestOptionsKey<string> OperationKey = new("github.operation");

    /// <summary>JSON body, if any.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The API version of the call.</summary>
    public string ApiVersion { get; init; } = "2022-11-28";

    /// <summary>
    /// The ETag of a cached response: an unchanged one is answered with 304, which does not count against the rate limit.
    /// </summary>
    public EntityTagHeaderValue? ETag { get; init; }
}

/// <summary>A response, read completely.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record GitHubAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, byte[] Body)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>Whether its message may be shown to users.</summary>
    public bool MayBeQuoted { get; init; } = true;

    /// <summary>Whether the message names a rate limit: some refusals have no header for it.</summary>
    public bool SpeaksOfRateLimit =>
        ReadError()?.Message is { } message && message.Contains("rate limit", StringComparison.OrdinalIgnoreCase);

    /// <summary>Parses the JSON of a successful response.</summary>
    /// <typeparam name="T">Its content.</typeparam>
    /// <param name="type">The type information.</param>
    /// <exception cref="GitHubApiException">It is something else, such as a proxy's page.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Body, type) ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            throw new GitHubApiException(
                GitHubErrors.UnexpectedAnswer, "the answer does not come from GitHub's API", exception)
            { StatusCode = (int)Status };
        }
    }

    /// <summary>GitHub's error; null if the body is something else.</summary>
    public GitHubErrorBody? ReadError()
    {
        try
        {
            return JsonSerializer.Deserialize(Body, GitHubJson.Default.GitHubErrorBody);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Sends single calls to one API, with the headers GitHub requires and a time-out. Throws only if there is no response.</summary>
/// <param name="http">The connection pool.</param>
/// <param name="apiBase">The API's root, ending in a slash.</param>
/// <param name="logger">One debug line per call; never a secret.</param>
internal sealed partial class GitHubTransport(GitHubHttp http, Uri apiBase, ILogger logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly ProductInfoHeaderValue UserAgent = new("ec2runners-operator", OperatorVersion.Number);

    private readonly ErrorLog _refusals = new(http.Clock, logger);

    public TimeProvider Clock => http.Clock;

    public TimeProvider NetworkTime => http.NetworkTime;

    /// <summary>Sends a call within the rate limit, which is updated from the response.</summary>
    /// <param name="call">The call.</param>
    /// <param name="bearer">Token or JWT.</param>
    /// <param name="limiter">The rate limit it counts against.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<GitHubAnswer> SendAsync(
        GitHubCall call, string bearer, GitHubRateLimiter limiter, CancellationToken cancellationToken)
    {
        using var slot = await limiter.EnterAsync(call.Operation, call.Priority, cancellationToken);
        using var request = Request(call, bearer);
        var answer = await http.SendAsync(call.Operation, request, Timeout, cancellationToken);
        LogCall(call.Operation, call.Path, (int)answer.Status, limiter.Remaining);
        _refusals.Note($"GitHub {call.Operation}", GitHubFailure.FullTextOf(answer, bearer), isHidden: !answer.MayBeQuoted);
        if (limiter.Observe(call.Operation, answer) is { } wait)
        {
            LogPause(call.Operation, (int)answer.Status, DurationText.Format(wait));
            throw new GitHubRateLimitedException(GitHubFailure.MessageOf(answer, bearer), wait)
            {
                StatusCode = (int)answer.Status,
                RequestId = GitHubFailure.RequestIdOf(answer),
            };
        }

        return answer;
    }

    /// <summary>Logs once which part of a list could not be read.</summary>
    public void NoteSkipped<T>(IReadOnlyList<T> items) => _refusals.NoteSkipped(typeof(T).Name, (items as ReadList<T>)?.Skipped);

    private HttpRequestMessage Request(GitHubCall call, string bearer)
    {
        var request = GitHubHttp.Request(
            call.Operation, call.Method, new Uri(apiBase, call.Path), new AuthenticationHeaderValue("Bearer", bearer), call.Body);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.github+json"));
        request.Headers.UserAgent.Add(UserAgent);
        request.Headers.Add("X-GitHub-Api-Version", call.ApiVersion);
        if (call.ETag is { } known)
        {
            request.Headers.IfNoneMatch.Add(known);
        }

        return request;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "GitHub {Operation} {Path}: {Status}, {Remaining} calls left")]
    private partial void LogCall(string operation, string path, int status, int? remaining);

    [LoggerMessage(Level = LogLevel.Warning, Message = "GitHub refused {Operation} for a rate limit ({Status}); the next try is in {Wait}")]
    private partial void LogPause(string operation, int status, string wait);
}
