using System.Net.Http.Headers;
using System.Text.Json;
using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <summary>One call to the Actions service.</summary>
/// <param name="Operation">Its name in logs, metrics and errors.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Url">The complete URL.</param>
/// <param name="Authorization">The token. A secret.</param>
internal sealed record ScaleSetCall(string Operation, HttpMethod Method, Uri Url, AuthenticationHeaderValue Authorization)
{
    /// <summary>JSON body, if any.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The scale set concerned, for GitHub support.</summary>
    public long? ScaleSetId { get; init; }

    /// <summary>For polls: the number of runners the scale set could have.</summary>
    public int? MaxCapacity { get; init; }

    /// <summary>Time-out.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public override string ToString() => $"{Operation} {Method} {Url.AbsolutePath}";
}

/// <summary>Sends single calls to the Actions service. Throws only if there is no response.</summary>
/// <param name="http">The connection pool.</param>
/// <param name="logger">One debug line per call; never a secret.</param>
internal sealed partial class ScaleSetTransport(GitHubHttp http, ILogger logger)
{
    private const string QueueMedia = "application/json; api-version=6.0-preview";

    private readonly ErrorLog _refusals = new(http.Clock, logger);

    public TimeProvider Clock => http.Clock;

    public GitHubAddresses Addresses => http.Addresses;

    public async Task<GitHubAnswer> SendAsync(ScaleSetCall call, CancellationToken cancellationToken)
    {
        using var request = Request(call);
        var answer = await http.SendAsync(call.Operation, request, call.Timeout, cancellationToken);
        answer = answer with { Body = WithoutMark(answer.Body) };
        LogCall(call.Operation, call.Url.AbsolutePath, (int)answer.Status);
        _refusals.Note($"Actions service {call.Operation}", GitHubFailure.FullTextOf(answer, call.Authorization.Parameter ?? "-"), isHidden: !answer.MayBeQuoted);
        return answer;
    }

    /// <summary>Logs once which part of a list could not be read.</summary>
    public void NoteSkipped<T>(IReadOnlyList<T> items) => _refusals.NoteSkipped(typeof(T).Name, (items as ReadList<T>)?.Skipped);

    // The service occasionally sends a byte order mark.
    private static byte[] WithoutMark(byte[] body) => body is [0xEF, 0xBB, 0xBF, ..] ? body[3..] : body;

    private static HttpRequestMessage Request(ScaleSetCall call)
    {
        var request = GitHubHttp.Request(call.Operation, call.Method, call.Url, call.Authorization, call.Body);
        request.Headers.TryAddWithoutValidation("Accept", QueueMedia);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent(call));
        if (call.MaxCapacity is { } capacity)
        {
            request.Headers.Add("X-ScaleSetMaxCapacity", $"{capacity}");
        }

        return request;
    }

    // The service expects JSON here.
    private static string UserAgent(ScaleSetCall call) =>
        $$"""{"system":"ec2runners","version":"{{OperatorVersion.Number}}","commit_sha":"","scale_set_id":{{call.ScaleSetId ?? 0}},"subsystem":"{{JsonEncodedText.Encode(call.Operation)}}","build_version":"{{OperatorVersion.Number}}","build_commit_sha":"","kind":"scaleset"}""";

    [LoggerMessage(Level = LogLevel.Debug, Message = "Actions service {Operation} {Path}: {Status}")]
    private partial void LogCall(string operation, string path, int status);
}
