using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Simulator.Time;

namespace Operator.Tests.GitHub.Rest;

/// <summary>Answers what a test wrote down for each call, in turn (the last answer again and again), and keeps what was sent.</summary>
internal sealed class StubGitHub : HttpMessageHandler
{
    public const string Token = "ghp_secret1234567890";

    private static readonly Lazy<string> PemOnce = new(() =>
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportRSAPrivateKeyPem();
    });

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<Func<HttpRequestMessage, Task<HttpResponseMessage>>>> _answers = [];

    public StubGitHub() =>
        Connections = new GitHubConnections(Clock, NullLogger<GitHubConnections>.Instance, _ => this);

    public static string Pem => PemOnce.Value;

    public static GitHubTarget Organization { get; } = Target("https://github.com/my-org");

    public static GitHubCredentials PersonalToken { get; } = new GitHubCredentials.Token(Token);

    public static GitHubCredentials AppOf(string pem) => new GitHubCredentials.App("12345", 77, pem);

    public ManualTimeProvider Clock { get; } = new();

    public GitHubConnections Connections { get; }

    public List<SentRequest> Sent { get; } = [];

    public IGitHubClient Client(GitHubCredentials? credentials = null) => Connections.Get(Organization, credentials ?? PersonalToken);

    public static GitHubTarget Target(string url) =>
        GitHubTarget.TryParse(url, out var target, out var problem) ? target : throw new ArgumentException(problem, nameof(url));

    /// <summary>Notes an answer to a call.</summary>
    public StubGitHub On(string call, int status, string json = "", params (string Name, string Value)[] headers) =>
        On(call, _ => Task.FromResult(Answer(status, json, headers)));

    public StubGitHub On(string call, Func<HttpRequestMessage, Task<HttpResponseMessage>> answer)
    {
        if (!_answers.TryGetValue(call, out var queue))
        {
            _answers[call] = queue = new();
        }

        queue.Enqueue(answer);
        return this;
    }

    public static HttpResponseMessage Answer(int status, string json, params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }

    public int Count(string call) => Sent.Count(request => request.Call == call);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = $"{request.Method} {request.RequestUri!.PathAndQuery}";
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        Func<HttpRequestMessage, Task<HttpResponseMessage>> answer;
        lock (_lock)
        {
            Sent.Add(new SentRequest(call, request.RequestUri.Host, request.Headers.ToDictionary(h => h.Key, h => string.Join(' ', h.Value)), body));
            var queue = _answers.GetValueOrDefault(call) ?? throw new InvalidOperationException($"the test expects no {call}");
            answer = queue.Count > 1 ? queue.Dequeue() : queue.Peek();
        }

        return await answer(request).WaitAsync(cancellationToken);
    }
}

internal sealed record SentRequest(string Call, string Host, IReadOnlyDictionary<string, string> Headers, string? Body);
