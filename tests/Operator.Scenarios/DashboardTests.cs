using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Dashboard;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>The dashboard over HTTP: what it answers, to whom, and when.</summary>
public sealed class DashboardTests
{
    [Fact]
    public async Task Overview_RunnersAndJobs_TellWhatThereIs_FromEveryReplica()
    {
        await using var dashboard = await StartAsync(replicas: 2);
        dashboard.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(10));
        await dashboard.Driver.RunUntilAsync(() => dashboard.World.GitHub.Jobs.Any(job => job.RunnerName is not null), TimeSpan.FromMinutes(5), "the job runs");
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(20));

        foreach (var replica in dashboard.Driver.Operators)
        {
            var overview = (await GetAsync(dashboard, "api/v1/overview", at: replica)).Body!;
            var totals = overview["totals"]!;
            Assert.Equal((1, 0, 1, 0), ((int)totals["pools"]!, (int)totals["notReady"]!, (int)totals["runningJobs"]!, (int)totals["waitingJobs"]!));
            Assert.Equal(dashboard.Living.Count, (int)totals["machines"]!);
            Assert.Equal(dashboard.World.Kubernetes.Objects.List("runnerleases").Count, (int)totals["runners"]!["total"]!);
            Assert.Contains("JobStarted", overview["events"]!.AsArray().Select(happened => happened!["reason"]!.ToString()));
            var runner = Assert.Single((await GetAsync(dashboard, "api/v1/runners?state=busy", at: replica)).Body!["runners"]!.AsArray())!;
            Assert.Equal(SimulatedWorld.Repository, runner["job"]!["repository"]!.ToString());
            Assert.Equal("running", (await GetAsync(dashboard, "api/v1/jobs", at: replica)).Body!["jobs"]![0]!["state"]!.ToString());
            Assert.NotNull((await GetAsync(dashboard, $"api/v1/runnerleases/default/{runner["name"]}", at: replica)).Body!["conditions"]);
            Assert.Equal("Ready", (await GetAsync(dashboard, "api/v1/runnerpools/default/runners", at: replica)).Body!["pool"]!["reason"]!.ToString());
        }
    }

    [Fact]
    public async Task Answers_CannotBeFramedCachedOrReadByOtherSites()
    {
        await using var dashboard = await StartAsync();

        foreach (var path in new[] { "", "api/v1/overview", "api/v1/nothing", "favicon.svg" })
        {
            var answer = await GetAsync(dashboard, path);
            if (path == "api/v1/nothing")
            {
                Assert.Equal(HttpStatusCode.NotFound, answer.Status);
                continue;
            }

            Assert.Equal(HttpStatusCode.OK, answer.Status);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.Contains(answer.Headers.CacheControl!.ToString(), new[] { "no-store", "no-cache" });
        }
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("10.1.2.3:8083")]
    public async Task WithoutAToken_AnotherHostThanLoopback_IsRefused(string host)
    {
        await using var dashboard = await StartAsync();

        var answer = await GetAsync(dashboard, "api/v1/overview", change: request => request.Headers.Host = host);

        Assert.Equal((HttpStatusCode.Forbidden, "HostNotAllowed"), (answer.Status, answer.Body!["title"]!.ToString()));
    }

    [Fact]
    public async Task Dashboard_IsServedAtItsOwnPortOnly_AndServesNothingElse()
    {
        await using var dashboard = await StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(dashboard, "healthz")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(dashboard, "metrics")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(dashboard, "webhooks/github")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await dashboard.Http.GetAsync(new Uri(dashboard.Operator.Address, "/"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await dashboard.Http.GetAsync(new Uri(dashboard.Operator.Address, "/api/v1/overview"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await dashboard.Http.GetAsync(new Uri(dashboard.Operator.Address, "/healthz"))).StatusCode);
    }

    [Theory]
    [InlineData("PUT", "api/v1/overview")]
    [InlineData("POST", "api/v1/runners")]
    [InlineData("DELETE", "api/v1/runnerpools/default/runners")]
    [InlineData("PATCH", "api/v1/runnerleases/default/runners-0")]
    public async Task Dashboard_ChangesNothing(string method, string path)
    {
        await using var dashboard = await StartAsync();

        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await GetAsync(dashboard, path, change: request => request.Method = new HttpMethod(method))).Status);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=x")]
    [InlineData("offset=-1")]
    [InlineData("q=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public async Task Query_ThatMakesNoSense_IsRefusedWithTheBounds(string query)
    {
        await using var dashboard = await StartAsync();

        var answer = await GetAsync(dashboard, $"api/v1/runners?{query}");

        Assert.Equal((HttpStatusCode.BadRequest, "Malformed"), (answer.Status, answer.Body!["title"]!.ToString()));
    }

    [Fact]
    public async Task Token_TheClusterDoesNotKnow_OrNone_IsRefused()
    {
        await using var dashboard = await StartAsync(DashboardAuthentication.Token);
        dashboard.World.Kubernetes.Reviews.AddToken("of-another-service", "eve", "somewhere-else");

        foreach (var token in new[] { null, "unknown", "of-another-service", new string('x', 5000) })
        {
            foreach (var path in new[] { "session", "overview", "events", "runners", "jobs", "runnerpools/default/runners", "runnerleases/default/runners-0" })
            {
                var answer = await GetAsync(dashboard, $"api/v1/{path}", token);
                Assert.True(answer.Status == HttpStatusCode.Unauthorized, $"{path}: {answer.Status}");
            }
        }

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(dashboard, "")).Status); // the page itself holds nothing secret
    }

    [Theory]
    [InlineData(null)]
    [InlineData(DashboardOptions.Audience)]
    public async Task Viewer_SeesTheNamespacesThatTheyMayList_AndNothingOfOthers(string? audience)
    {
        await using var dashboard = await StartAsync(DashboardAuthentication.Token);
        AddTeam(dashboard);
        var reviews = dashboard.World.Kubernetes.Reviews;
        reviews.AddToken("of-b", "bob", audience);
        reviews.Allow("bob", "list", "runnerpools", "team-b");
        reviews.Allow("bob", "list", "runnerleases", "team-b");
        reviews.Allow("bob", "list", "runnerpools", "default"); // not its leases
        await dashboard.Driver.RunForAsync(TimeSpan.FromMinutes(3));

        var overview = await GetAsync(dashboard, "api/v1/overview", "of-b");
        var text = overview.Body!.ToJsonString();
        Assert.Equal("team-b", Assert.Single(overview.Body["pools"]!.AsArray())!["namespace"]!.ToString());
        Assert.DoesNotContain("\"default\"", text, StringComparison.Ordinal);
        Assert.Equal(1, (int)overview.Body["totals"]!["runners"]!["total"]!);
        Assert.All((await GetAsync(dashboard, "api/v1/runners", "of-b")).Body!["runners"]!.AsArray(), runner => Assert.Equal("team-b", runner!["namespace"]!.ToString()));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(dashboard, "api/v1/runnerpools/default/runners", "of-b")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(dashboard, "api/v1/runnerleases/default/runners-0", "of-b")).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(dashboard, "api/v1/runnerpools/team-b/other", "of-b")).Status);
        var session = (await GetAsync(dashboard, "api/v1/session", "of-b")).Body!;
        Assert.Equal(("bob", "team-b"), (session["user"]!.ToString(), Assert.Single(session["namespaces"]!.AsArray())!.ToString()));
    }

    [Fact]
    public async Task Viewer_WhoMayListNothing_IsTold()
    {
        await using var dashboard = await StartAsync(DashboardAuthentication.Token);
        dashboard.World.Kubernetes.Reviews.AddToken("of-nobody", "nobody");

        var answer = await GetAsync(dashboard, "api/v1/overview", "of-nobody");

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("nobody may not list", answer.Body!["detail"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ThatIsRevoked_OrWhoseRightsAreTakenAway_EndsWithinAMinute_AlsoForAStream()
    {
        await using var dashboard = await StartAsync(DashboardAuthentication.Token);
        AllowAll(dashboard, "of-alice", "alice");
        using var stream = await StreamAsync(dashboard, "of-alice");
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(dashboard, "api/v1/overview", "of-alice")).Status);

        dashboard.World.Kubernetes.Reviews.RemoveToken("of-alice");
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(90));

        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(dashboard, "api/v1/overview", "of-alice")).Status);
        Assert.True(stream.IsOver);
    }

    [Fact]
    public async Task SignIn_KeepsTheTokenInACookieThatScriptsCannotRead_AndSignOutRemovesIt()
    {
        await using var dashboard = await StartAsync(DashboardAuthentication.Token);
        AllowAll(dashboard, "of-alice", "alice");

        var wrong = await SignInAsync(dashboard, "wrong");
        var answer = await SignInAsync(dashboard, "of-alice");
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        var overview = await GetAsync(dashboard, "api/v1/overview", change: request => request.Headers.Add("Cookie", cookie.Split(';')[0]));
        var signedOut = await GetAsync(dashboard, "api/v1/session", change: request => request.Method = HttpMethod.Delete);

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.Status);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        Assert.Equal((HttpStatusCode.OK, "alice"), (answer.Status, answer.Body!["user"]!.ToString()));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("path=", cookie, StringComparison.OrdinalIgnoreCase); // the page's own folder
        Assert.Equal(HttpStatusCode.OK, overview.Status);
        Assert.Contains("1970", signedOut.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public async Task SignIn_ByThePageOfAnotherSite_IsRefused(string site)
    {
        await using var dashboard = await StartAsync(DashboardAuthentication.Token);
        AllowAll(dashboard, "of-alice", "alice");

        var answer = await SignInAsync(dashboard, "of-alice", request => request.Headers.Add("Sec-Fetch-Site", site));

        Assert.Equal((HttpStatusCode.Forbidden, "CrossSite"), (answer.Status, answer.Body!["title"]!.ToString()));
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task ClusterThatCannotBeAsked_IsNoReasonToShowAnything()
    {
        await using var dashboard = await StartAsync(DashboardAuthentication.Token);
        AllowAll(dashboard, "of-alice", "alice");
        dashboard.World.Kubernetes.Deny("create", "tokenreviews");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync(dashboard, "api/v1/overview", "of-alice")).Status);
    }

    [Fact]
    public async Task Stream_TellsEachSecondAtMost_AndEveryFifteenInAnyCase()
    {
        await using var dashboard = await StartAsync();
        await dashboard.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        using var stream = await StreamAsync(dashboard);
        await dashboard.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        Assert.InRange(stream.Messages.Count, 8, 12); // nothing happens

        var before = stream.Messages.Count;
        dashboard.PatchPool("""{"capacity": {"minIdle": 5} }""");
        await dashboard.UntilIdleAsync(5);
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(2));

        var messages = stream.Messages;
        Assert.True(messages.Count > before + 2, $"{messages.Count}");
        Assert.Equal("overview", messages[^1].Event);
        Assert.Equal(5, (int)messages[^1].Data["totals"]!["runners"]!["idle"]!);
        var times = messages.ConvertAll(message => DateTimeOffset.Parse(message.Data["now"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture));
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(16.1)));
        Assert.Equal("text/event-stream", stream.MediaType);
    }

    [Fact]
    public async Task Streams_AreBounded_AndAPlaceIsFreeAgainOnceAViewerLeaves()
    {
        await using var dashboard = await StartAsync(streams: 2);
        var first = await StreamAsync(dashboard);
        using var second = await StreamAsync(dashboard);

        var refused = await GetAsync(dashboard, "api/v1/events");
        first.Dispose();
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        using var third = await StreamAsync(dashboard);
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(2));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "TooManyStreams"), (refused.Status, refused.Body!["title"]!.ToString()));
        Assert.NotEmpty(third.Messages);
    }

    [Fact]
    public async Task Shutdown_EndsStreams()
    {
        await using var dashboard = await StartAsync();
        using var stream = await StreamAsync(dashboard);
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(2));

        var stopped = dashboard.Operator.StopAsync();
        await dashboard.Driver.RunForAsync(TimeSpan.FromSeconds(5));

        Assert.True(stopped.IsCompleted);
        Assert.True(stream.IsOver);
        dashboard.Driver.Operators.Clear();
    }

    private static async Task<Scenario> StartAsync(DashboardAuthentication authentication = DashboardAuthentication.None, int replicas = 1, int streams = 100)
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.ServesDashboard = true;
        scenario.World.Dashboard = new() { Authentication = authentication, Streams = streams };
        scenario.World.LeaderElect = replicas > 1;
        for (var replica = 0; replica < replicas; replica++)
        {
            await scenario.StartOperatorAsync();
        }

        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        return scenario;
    }

    private static void AddTeam(Scenario scenario)
    {
        scenario.World.Apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: team-b}\n");
        scenario.CopyPool("other", "team-b", "other", minIdle: 1);
    }

    private static void AllowAll(Scenario scenario, string token, string user)
    {
        scenario.World.Kubernetes.Reviews.AddToken(token, user);
        scenario.World.Kubernetes.Reviews.Allow(user, "list", "runnerpools");
        scenario.World.Kubernetes.Reviews.Allow(user, "list", "runnerleases");
    }

    private static Task<Answer> SignInAsync(Scenario scenario, string token, Action<HttpRequestMessage>? change = null) => GetAsync(scenario, "api/v1/session", change: request =>
    {
        (request.Method, request.Content) = (HttpMethod.Post, new StringContent(new JsonObject { ["token"] = token }.ToJsonString(), Encoding.UTF8, "application/json"));
        change?.Invoke(request);
    });

    private static async Task<Answer> GetAsync(Scenario scenario, string path, string? token = null, OperatorIncarnation? at = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri((at ?? scenario.Operator).Dashboard!, path));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        change?.Invoke(request);
        using var response = await scenario.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new(response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null, response.Headers);
    }

    private static async Task<OpenStream> StreamAsync(Scenario scenario, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(scenario.Operator.Dashboard!, "api/v1/events"));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        var response = await scenario.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new(response, response.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStreamAsync());
    }

    private sealed record Answer(HttpStatusCode Status, JsonNode? Body, HttpResponseHeaders Headers);

    private sealed class OpenStream : IDisposable
    {
        private readonly HttpResponseMessage _response;
        private readonly List<(string Event, JsonNode Data)> _messages = [];
        private readonly Task _reading;

        public OpenStream(HttpResponseMessage response, string? mediaType, Stream body)
        {
            (_response, MediaType) = (response, mediaType);
            _reading = ReadAsync(body);
        }

        public string? MediaType { get; }

        public bool IsOver => _reading.IsCompleted;

        public List<(string Event, JsonNode Data)> Messages
        {
            get
            {
                lock (_messages)
                {
                    return [.. _messages];
                }
            }
        }

        public void Dispose() => _response.Dispose();

        private async Task ReadAsync(Stream body)
        {
            try
            {
                await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(body).EnumerateAsync())
                {
                    lock (_messages)
                    {
                        _messages.Add((item.EventType, JsonNode.Parse(item.Data)!));
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or HttpRequestException)
            {
                // Closed by either side.
            }
        }
    }
}
