using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <inheritdoc cref="IScaleSetClient"/>
internal sealed class ScaleSetClient(AdminConnections admin, ScaleSetTransport transport) : IScaleSetClient
{
    public const string CreateScaleSet = "CreateScaleSet";
    public const string UpdateScaleSet = "UpdateScaleSet";
    public const string CreateSession = "CreateSession";

    private const string ScaleSets = "_apis/runtime/runnerscalesets";
    private const string Agents = "_apis/distributedtask/pools/0/agents";

    /// <summary>The service answers within about 50 s; a poll without an answer after this is dead.</summary>
    public static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(75);

    public async Task<long?> FindRunnerGroupAsync(string name, CancellationToken cancellationToken)
    {
        if (DefaultRunnerGroup.IsMeantBy(name))
        {
            return DefaultRunnerGroup.Id;
        }

        // The service's path has a slash before the question mark.
        var answer = await SendAsync(
            "FindRunnerGroup", HttpMethod.Get, "_apis/runtime/runnergroups/", $"groupName={Uri.EscapeDataString(name)}", cancellationToken);
        return Noted(answer.Read(ScaleSetJson.Default.ScaleSetRunnerGroupList).Value)
            .FirstOrDefault(group => group.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Id;
    }

    public async Task<ScaleSet?> FindAsync(long runnerGroupId, string name, CancellationToken cancellationToken)
    {
        var query = $"runnerGroupId={runnerGroupId}&name={Uri.EscapeDataString(name)}";
        var answer = await SendAsync("FindScaleSet", HttpMethod.Get, ScaleSets, query, cancellationToken);
        return Noted(answer.Read(ScaleSetJson.Default.ScaleSetList).Value)
            .FirstOrDefault(found => found.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    public async Task<ScaleSet?> GetAsync(long id, CancellationToken cancellationToken)
    {
        var (call, answer) = await TryAsync("GetScaleSet", HttpMethod.Get, $"{ScaleSets}/{id}", id, body: null, cancellationToken);
        return answer.Status == HttpStatusCode.NotFound ? null : Checked(call, answer).Read(ScaleSetJson.Default.ScaleSet);
    }

    public async Task<ScaleSet> CreateAsync(ScaleSetRequest request, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, ScaleSetJson.Default.ScaleSetRequest);
        var (call, answer) = await TryAsync(CreateScaleSet, HttpMethod.Post, ScaleSets, id: null, body, cancellationToken);
        return Checked(call, answer).Read(ScaleSetJson.Default.ScaleSet);
    }

    public async Task<ScaleSet> UpdateAsync(long id, ScaleSetRequest request, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, ScaleSetJson.Default.ScaleSetRequest);
        var (call, answer) = await TryAsync(UpdateScaleSet, HttpMethod.Patch, $"{ScaleSets}/{id}", id, body, cancellationToken);
        return Checked(call, answer).Read(ScaleSetJson.Default.ScaleSet);
    }

    public async Task DeleteAsync(long id, CancellationToken cancellationToken)
    {
        var (call, answer) = await TryAsync("DeleteScaleSet", HttpMethod.Delete, $"{ScaleSets}/{id}", id, body: null, cancellationToken);
        if (answer.Status != HttpStatusCode.NotFound || await GetAsync(id, cancellationToken) is not null)
        {
            Checked(call, answer); // a 404 from something in between does not mean that it is gone
        }
    }

    public async Task<ScaleSetJitConfig> GenerateJitConfigAsync(
        long id, string runnerName, string workFolder, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new(runnerName, workFolder), ScaleSetJson.Default.ScaleSetJitRequest);
        var (call, answer) = await TryAsync(
            "GenerateScaleSetJitConfig", HttpMethod.Post, $"{ScaleSets}/{id}/generatejitconfig", id, body, cancellationToken);
        var config = Checked(call, answer).Read(ScaleSetJson.Default.ScaleSetJitConfig);
        return config.EncodedJitConfig.Length > 0 && config.Runner.Id > 0 && config.Runner.Name == runnerName
            ? config
            : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub returned an incomplete JIT config, or one for a different runner", answer);
    }

    public async Task<ScaleSetRunner?> FindRunnerAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await SendAsync("FindAgent", HttpMethod.Get, Agents, $"agentName={Uri.EscapeDataString(name)}", cancellationToken);
        return Noted(answer.Read(ScaleSetJson.Default.ScaleSetRunnerList).Value)
            .FirstOrDefault(runner => runner.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    public async Task<RunnerDeletion> DeleteRunnerAsync(long id, CancellationToken cancellationToken)
    {
        var (call, answer) = await TryAsync("DeleteAgent", HttpMethod.Delete, $"{Agents}/{id}", id: null, body: null, cancellationToken);
        if (ScaleSetFailure.IsJobStillRunning(answer) || ScaleSetFailure.IsAgentNotFound(answer))
        {
            return ScaleSetFailure.IsJobStillRunning(answer) ? RunnerDeletion.Busy : RunnerDeletion.NotFound;
        }

        Checked(call, answer);
        return RunnerDeletion.Deleted;
    }

    public async Task<ScaleSetSession> CreateSessionAsync(long id, string ownerName, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new(Guid.Empty, ownerName), ScaleSetJson.Default.ScaleSetSessionRequest);
        var (call, answer) = await TryAsync(CreateSession, HttpMethod.Post, $"{ScaleSets}/{id}/sessions", id, body, cancellationToken);
        return SessionOf(Checked(call, answer));
    }

    public async Task<ScaleSetSession> RefreshSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken)
    {
        var (call, answer) = await TryAsync(
            "RefreshSession", HttpMethod.Patch, $"{ScaleSets}/{id}/sessions/{sessionId}", id, body: null, cancellationToken);
        return SessionOf(Checked(call, answer));
    }

    public Task DeleteSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken) =>
        DeleteAsync("DeleteSession", $"{ScaleSets}/{id}/sessions/{sessionId}", id, cancellationToken);

    public async Task<ScaleSetMessage?> PollAsync(
        long id, ScaleSetSession session, long lastMessageId, int maxCapacity, CancellationToken cancellationToken)
    {
        var call = new ScaleSetCall("PollMessages", HttpMethod.Get, QueueUrl.After(session, lastMessageId), Bearer(session.MessageQueueAccessToken))
        {
            ScaleSetId = id,
            MaxCapacity = maxCapacity,
            Timeout = PollTimeout,
        };
        var answer = await SendWithQueueTokenAsync(call, cancellationToken);
        return answer.Status == HttpStatusCode.Accepted ? null
            : answer.Read(ScaleSetJson.Default.ScaleSetMessage) is { MessageId: > 0 } message ? message
            : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub's answer to a poll contains no message", answer);
    }

    public Task AcknowledgeAsync(long id, ScaleSetSession session, long messageId, CancellationToken cancellationToken) =>
        SendWithQueueTokenAsync(
            new("AcknowledgeMessage", HttpMethod.Delete, QueueUrl.ForMessage(session, messageId), Bearer(session.MessageQueueAccessToken)) { ScaleSetId = id },
            cancellationToken);

    public async Task<IReadOnlyList<long>> AcquireJobsAsync(
        long id, ScaleSetSession session, IReadOnlyList<long> requestIds, CancellationToken cancellationToken)
    {
        var connection = await admin.GetAsync(cancellationToken);

        // At the service's URL, but with the queue token.
        var url = connection.At($"{ScaleSets}/{id}/acquirejobs");
        var answer = await SendWithQueueTokenAsync(
            new("AcquireJobs", HttpMethod.Post, url, Bearer(session.MessageQueueAccessToken))
            {
                ScaleSetId = id,
                Body = JsonSerializer.SerializeToUtf8Bytes(requestIds, ScaleSetJson.Default.IReadOnlyListInt64),
            },
            cancellationToken);
        return answer.Read(ScaleSetJson.Default.ScaleSetRequestIds).Value ?? [];
    }

    private static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    private ScaleSetSession SessionOf(GitHubAnswer answer)
    {
        var session = answer.Read(ScaleSetJson.Default.ScaleSetSession);
        admin.Require(session.MessageQueueUrl);
        return session;
    }

    private async Task DeleteAsync(string operation, string path, long id, CancellationToken cancellationToken)
    {
        var (call, answer) = await TryAsync(operation, HttpMethod.Delete, path, id, body: null, cancellationToken);
        if (answer.Status != HttpStatusCode.NotFound)
        {
            Checked(call, answer);
        }
    }

    private async Task<GitHubAnswer> SendWithQueueTokenAsync(ScaleSetCall call, CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(call, cancellationToken);
        return answer.Status == HttpStatusCode.Unauthorized
            ? throw new QueueTokenRefusedException($"{call.Operation} was answered 401: the queue's token has expired")
            : Checked(call, answer);
    }

    private async Task<GitHubAnswer> SendAsync(
        string operation, HttpMethod method, string path, string query, CancellationToken cancellationToken)
    {
        var (call, answer) = await TryAsync(operation, method, path, id: null, body: null, cancellationToken, query);
        return Checked(call, answer);
    }

    // The token is renewed when it expires; if the clocks differ, the service's refusal means the same: retry once with a new one.
    private async Task<(ScaleSetCall Call, GitHubAnswer Answer)> TryAsync(
        string operation, HttpMethod method, string path, long? id, byte[]? body, CancellationToken cancellationToken, string query = "")
    {
        for (var isLast = false; ; isLast = true)
        {
            var connection = await admin.GetAsync(cancellationToken);
            var call = new ScaleSetCall(operation, method, connection.At(path, query), Bearer(connection.Token)) { Body = body, ScaleSetId = id };
            var answer = await transport.SendAsync(call, cancellationToken);
            if (answer.Status != HttpStatusCode.Unauthorized || isLast)
            {
                return (call, answer);
            }

            admin.Forget(connection);
        }
    }

    private IReadOnlyList<T> Noted<T>(IReadOnlyList<T>? items)
    {
        transport.NoteSkipped(items ?? []);
        return items ?? [];
    }

    private GitHubAnswer Checked(ScaleSetCall call, GitHubAnswer answer) =>
        answer.IsSuccess ? answer : throw ScaleSetFailure.From(call, answer, transport.Clock.GetUtcNow());
}

/// <summary>URLs of a message queue, based on the unmodified URL from the service.</summary>
internal static class QueueUrl
{
    /// <summary>The URL to poll after a message.</summary>
    public static Uri After(ScaleSetSession session, long lastMessageId)
    {
        var url = session.MessageQueueUrl;
        return new Uri(lastMessageId <= 0 ? url : $"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}lastMessageId={lastMessageId}");
    }

    /// <summary>Of one message.</summary>
    public static Uri ForMessage(ScaleSetSession session, long messageId)
    {
        var url = new UriBuilder(session.MessageQueueUrl);
        url.Path = $"{url.Path.TrimEnd('/')}/{messageId}";
        return url.Uri;
    }
}
