using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Operator.Simulator.GitHub;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.Tests.GitHub.ScaleSets;

/// <summary>Speaks to the scale-set service as GitHub's Go client does: the same paths, tokens and headers.</summary>
public abstract class ScaleSetFixture : GitHubFixture
{
    private const string Version = "api-version=6.0-preview";

    protected static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    protected override SimulatedGitHubOptions Options { get; } = new() { PickUpDelay = TimeSpan.FromSeconds(2) };

    protected Uri Service { get; private set; } = null!;

    protected string Admin { get; private set; } = "";

    protected async Task ConnectAsync(string place = Org)
    {
        using var answer = await Http.PostAsync(new Uri($"api/v3/{place}/actions/runners/registration-token", UriKind.Relative), null);
        using var connected = await RegisterAsync(
            (await ReadAsync(answer, 201)).GetProperty("token").GetString()!, GitHub.UrlOf(place.StartsWith("enterprises", StringComparison.Ordinal) ? place : place[(place.IndexOf('/', StringComparison.Ordinal) + 1)..]));
        var connection = await ReadAsync(connected, 200);
        (Service, Admin) = (new Uri(connection.GetProperty("url").GetString()!), connection.GetProperty("token").GetString()!);
    }

    protected async Task<HttpResponseMessage> RegisterAsync(string token, Uri url, string runnerEvent = "register")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(GitHub.Address, "api/v3/actions/runner-registration"));
        request.Content = JsonContent.Create(new { url, runner_event = runnerEvent });
        request.Headers.Authorization = new AuthenticationHeaderValue("RemoteAuth", token);
        return await Http.SendAsync(request);
    }

    protected Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? token = null) =>
        SendAsync(method, new Uri(Service, $"_apis/{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Version}"), token ?? Admin, body);

    protected async Task<JsonElement> CallAsync(HttpMethod method, string path, int status, string? body = null, string? token = null)
    {
        using var answer = await SendAsync(method, path, body, token);
        return await ReadAsync(answer, status);
    }

    protected async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri uri, string token, string? body = null, int? capacity = null)
    {
        using var request = new HttpRequestMessage(method, uri);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (capacity is { } most)
        {
            request.Headers.Accept.ParseAdd("application/json; api-version=6.0-preview");
            request.Headers.Add("X-ScaleSetMaxCapacity", $"{most}");
        }

        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await Http.SendAsync(request);
    }

    protected async Task<long> CreateAsync(string name, params string[] labels)
    {
        var desired = new
        {
            id = 0,
            name,
            runnerGroupId = 1,
            labels = (labels.Length == 0 ? [name] : labels).Select(label => new { type = "System", name = label }),
            RunnerSetting = new { },
            createdOn = "0001-01-01T00:00:00Z",
        };
        return (await CallAsync(HttpMethod.Post, "runtime/runnerscalesets", 200, JsonSerializer.Serialize(desired))).GetProperty("id").GetInt64();
    }

    protected async Task<Listener> ListenAsync(long set, string owner = "me")
    {
        var body = $$"""{"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"{{owner}}"}""";
        return new Listener(this, set, await CallAsync(HttpMethod.Post, $"runtime/runnerscalesets/{set}/sessions", 200, body));
    }

    protected async Task<FakeHost> StartSetRunnerAsync(long set, string name)
    {
        var answer = await CallAsync(
            HttpMethod.Post, $"runtime/runnerscalesets/{set}/generatejitconfig", 200, JsonSerializer.Serialize(new { name, workFolder = "_work" }));
        var runner = answer.GetProperty("runner");
        Assert.Equal((name, set), (runner.GetProperty("name").GetString(), runner.GetProperty("runnerScaleSetId").GetInt64()));
        return FakeHost.Start(GitHub, runner.GetProperty("id").GetInt64(), answer.GetProperty("encodedJITConfig").GetString()!);
    }

    internal ScaleSetStatistics Numbers(long set) => GitHub.ScaleSets.All.Single(other => other.Id == set).Statistics;

    /// <summary>A listener and its session.</summary>
    protected sealed class Listener(ScaleSetFixture fixture, long set, JsonElement session)
    {
        public JsonElement Session { get; private set; } = session;

        public Uri Queue => new(Session.GetProperty("messageQueueUrl").GetString()!);

        public string Token => Session.GetProperty("messageQueueAccessToken").GetString()!;

        public string Id => Session.GetProperty("sessionId").GetString()!;

        public string Path => $"runtime/runnerscalesets/{set}/sessions/{Id}";

        public async Task RefreshAsync() => Session = await fixture.CallAsync(HttpMethod.Patch, Path, 200);

        public Task<HttpResponseMessage> PollAsync(int capacity = 10, long last = 0)
        {
            var query = last > 0 ? $"{Queue.Query}&lastMessageId={last}" : Queue.Query;
            return fixture.SendAsync(HttpMethod.Get, new Uri(Queue, $"{Queue.AbsolutePath}{query}"), Token, capacity: capacity);
        }

        /// <summary>Polls until the poll waits.</summary>
        public async Task<Task<HttpResponseMessage>> WaitAsync(int capacity = 10)
        {
            var waiting = fixture.GitHub.ScaleSets.WaitingPolls;
            var poll = PollAsync(capacity);
            await Eventually.IsTrueAsync(() => poll.IsCompleted || fixture.GitHub.ScaleSets.WaitingPolls != waiting, "the poll waits");
            Assert.False(poll.IsCompleted);
            return poll;
        }

        public async Task<Message> GetAsync(int capacity = 10)
        {
            using var answer = await PollAsync(capacity);
            return await Message.ReadAsync(answer);
        }

        public Task<HttpResponseMessage> DeleteAsync(long id) =>
            fixture.SendAsync(HttpMethod.Delete, new Uri(Queue, $"{Queue.AbsolutePath}/{id}{Queue.Query}"), Token);

        /// <summary>The next message, deleted at once.</summary>
        public async Task<Message> TakeAsync(int capacity = 10)
        {
            var message = await GetAsync(capacity);
            using var deleted = await DeleteAsync(message.Id);
            Assert.Equal(204, (int)deleted.StatusCode);
            return message;
        }

        public async Task<long[]> AcquireAsync(params long[] requests)
        {
            var answer = await fixture.CallAsync(
                HttpMethod.Post, $"runtime/runnerscalesets/{set}/acquirejobs", 200, JsonSerializer.Serialize(requests), Token);
            return [.. answer.GetProperty("value").EnumerateArray().Select(id => id.GetInt64())];
        }

        /// <summary>Takes a message and acquires what it offers, as GitHub's listener does.</summary>
        public async Task<Message> ServeAsync(int capacity = 10)
        {
            var message = await TakeAsync(capacity);
            if (message.Requests("JobAvailable") is { Length: > 0 } offered)
            {
                await AcquireAsync(offered);
            }

            return message;
        }
    }

    /// <summary>A message and what is in it.</summary>
    protected sealed record Message(long Id, IReadOnlyList<JsonElement> Events, JsonElement Statistics)
    {
        public string Kinds => string.Join(' ', Events.Select(item => item.GetProperty("messageType").GetString()));

        public int Assigned => Statistics.GetProperty("totalAssignedJobs").GetInt32();

        public int Available => Statistics.GetProperty("totalAvailableJobs").GetInt32();

        public long[] Requests(string kind) =>
        [
            .. Events.Where(item => item.GetProperty("messageType").GetString() == kind).Select(item => item.GetProperty("runnerRequestId").GetInt64()),
        ];

        public static async Task<Message> ReadAsync(HttpResponseMessage answer)
        {
            var json = await GitHubFixture.ReadAsync(answer, 200);
            Assert.Equal("RunnerScaleSetJobMessages", json.GetProperty("messageType").GetString());
            var body = json.GetProperty("body").GetString()!;
            return new Message(
                json.GetProperty("messageId").GetInt64(),
                body.Length == 0 ? [] : [.. JsonElement.Parse(body).EnumerateArray()],
                json.GetProperty("statistics"));
        }
    }
}
