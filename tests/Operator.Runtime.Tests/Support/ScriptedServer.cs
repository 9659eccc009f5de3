using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Operator.Runtime.Client;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.Runtime.Tests.Support;

/// <summary>An API server whose every answer the test gives, request by request.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly Channel<ScriptedRequest> _requests = Channel.CreateUnbounded<ScriptedRequest>();

    public KubernetesClient Client(TestEnvironment environment, KubernetesClientConfiguration? configuration = null, int pageSize = 500) =>
        new(
            configuration ?? new() { Host = "https://cluster.test" },
            new()
            {
                Time = environment.Time,
                Jitter = () => environment.Jitter,
                WrapHandler = _ => this,
                TypeInfoResolvers = [WidgetJsonContext.Default],
                PageSize = pageSize,
            });

    /// <summary>The next request to arrive.</summary>
    public Task<ScriptedRequest> NextAsync() => _requests.Reader.ReadAsync().AsTask().Soon();

    /// <summary>Whether an unread request has arrived.</summary>
    public bool HasMore => _requests.Reader.TryPeek(out _);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var scripted = new ScriptedRequest(request, body);
        _requests.Writer.TryWrite(scripted);
        var response = await scripted.Response.Task.WaitAsync(cancellationToken);
        response.RequestMessage = request;
        return response;
    }
}

/// <summary>One request and the means to answer it.</summary>
internal sealed class ScriptedRequest(HttpRequestMessage message, string body)
{
    public string Method { get; } = message.Method.Method;

    public string Path { get; } = message.RequestUri!.AbsolutePath;

    public string Query { get; } = Uri.UnescapeDataString(message.RequestUri!.Query);

    public string? Authorization { get; } = message.Headers.Authorization?.ToString();

    public string? ContentType { get; } = message.Content?.Headers.ContentType?.ToString();

    public string Body { get; } = body;

    public TaskCompletionSource<HttpResponseMessage> Response { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Answer(string json, HttpStatusCode status = HttpStatusCode.OK, int? retryAfter = null)
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        response.Headers.RetryAfter = retryAfter is { } seconds ? new(TimeSpan.FromSeconds(seconds)) : null;
        Response.SetResult(response);
    }

    public void Refuse(HttpStatusCode status, string reason, string message = "no", int? retryAfter = null) =>
        Answer(
            $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{(int)status}}}""",
            status,
            retryAfter);

    public void Fail(Exception exception) => Response.SetException(exception);

    public void AnswerList(string version, params string[] items) => AnswerPage(version, null, items);

    public void AnswerPage(string version, string? next, params string[] items) =>
        Answer($$"""{"kind":"WidgetList","metadata":{"resourceVersion":"{{version}}","continue":"{{next}}"},"items":[{{string.Join(',', items)}}]}""");

    /// <summary>Begins to answer a watch.</summary>
    public ScriptedWatch AnswerWatch()
    {
        var pipe = new Pipe();
        Response.SetResult(new(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) });
        return new(pipe.Writer);
    }
}

/// <summary>A watch that the test feeds.</summary>
internal sealed class ScriptedWatch(PipeWriter writer)
{
    public Task SendAsync(string type, string item) => SendRawAsync($$"""{"type":"{{type}}","object":{{item}}}""" + "\n");

    public Task BookmarkAsync(string version) =>
        SendAsync("BOOKMARK", new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = version } }.ToJsonString());

    public Task ErrorAsync(HttpStatusCode code, string reason) =>
        SendAsync("ERROR", $$"""{"kind":"Status","status":"Failure","message":"too old","reason":"{{reason}}","code":{{(int)code}}}""");

    public Task SendRawAsync(string text) => writer.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    /// <summary>Ends the watch in order.</summary>
    public void End() => writer.Complete();

    /// <summary>Breaks the connection.</summary>
    public void Cut() => writer.Complete(new IOException("The connection was cut."));
}
