using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Operator.Simulator.GitHub.Webhooks;

namespace Operator.Simulator.Tests.GitHub.Webhooks;

public sealed class WebhookTests : WebhookFixture
{
    [Fact]
    public void Signature_OfGitHubsTestVector_IsTheOneInItsDocumentation() => Assert.Equal(
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        WebhookCourier.Sign("It's a Secret to Everybody", Encoding.UTF8.GetBytes("Hello, World!")));

    [Fact]
    public async Task Webhook_Made_IsSentAPingThatIsSignedOverTheRawBody()
    {
        await AddHookAsync();

        var ping = Assert.Single(Receiver.Received);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), ping.Body));
        Assert.Equal(("ping", $"sha256={signature}"), (ping.Event, ping.Headers["X-Hub-Signature-256"]));
        Assert.Equal(("application/json", "organization", "1"), (ping.Headers["Content-Type"], ping.Headers["X-GitHub-Hook-Installation-Target-Type"], ping.Headers["X-GitHub-Hook-ID"]));
        Assert.StartsWith("GitHub-Hookshot/", ping.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.True(Guid.TryParse(ping.Delivery, out _));
    }

    [Fact]
    public async Task Job_FromQueueToEnd_IsToldInOrder()
    {
        await AddHookAsync();
        var job = GitHub.QueueJob(Repo, ["Large"], TimeSpan.FromMinutes(1), runId: 42);
        await SettleAsync();
        var host = await StartRunnerAsync("r-1", "large");
        Clock.Advance(TimeSpan.FromSeconds(2));
        await SettleAsync();
        Clock.Advance(TimeSpan.FromMinutes(1));
        await SettleAsync();

        var told = Receiver.Of("workflow_job");
        Assert.Equal(["queued", "in_progress", "completed"], told.Select(item => item.Action));
        Assert.Equal(["queued ", "in_progress ", "completed success"], told.Select(item => $"{Job(item, "status")} {Job(item, "conclusion")}"));
        Assert.Equal(["", $"{host.RunnerId}", $"{host.RunnerId}"], told.Select(item => Job(item, "runner_id")));
        Assert.Equal(($"{job.Id}", "42", Repo), (Job(told[0], "id"), Job(told[0], "run_id"), told[0].Json.GetProperty("repository").GetProperty("full_name").GetString()));
        Assert.Equal("Large", told[0].Json.GetProperty("workflow_job").GetProperty("labels")[0].GetString());
        Assert.Equal(["requested", "in_progress", "completed"], Receiver.Of("workflow_run").Select(item => item.Action));
    }

    [Theory]
    [InlineData("repos/my-org/app", 1)]
    [InlineData("repos/my-org/other", 0)]
    public async Task Webhook_OfARepository_IsToldOfItsJobsAlone(string place, int told)
    {
        GitHub.AddRepository("my-org/other");
        GitHub.Webhooks.Add(place, Receiver.Address, null, "workflow_job");
        GitHub.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1));
        await SettleAsync();

        Assert.Equal(told, Receiver.Of("workflow_job").Count);
        Assert.DoesNotContain(Receiver.Received, item => item.Event == "workflow_run" || item.Headers.ContainsKey("X-Hub-Signature-256"));
    }

    [Fact]
    public async Task WebhookOfAnApp_Told_NamesTheInstallation()
    {
        GitHub.AddApp("999");
        GitHub.Webhooks.AddForApp(AppId, Receiver.Address, Secret);
        GitHub.Webhooks.AddForApp("999", Receiver.Address, Secret);
        GitHub.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1));
        await SettleAsync();

        var told = Assert.Single(Receiver.Of("workflow_job"));
        Assert.Equal(InstallationId, told.Json.GetProperty("installation").GetProperty("id").GetInt64());
        Assert.Equal(("integration", AppId), (told.Headers["X-GitHub-Hook-Installation-Target-Type"], told.Headers["X-GitHub-Hook-Installation-Target-ID"]));
    }

    [Fact]
    public async Task Delivery_Refused_IsNotRetriedButListedAndRedeliveredWithItsGuid()
    {
        var hook = await AddHookAsync();
        Receiver.Answer = 503;
        GitHub.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1));
        await SettleAsync();
        Clock.Advance(TimeSpan.FromHours(1));
        await SettleAsync();
        Assert.Single(Receiver.Of("workflow_job"));

        var failed = (await GetAsync($"{Org}/hooks/{hook}/deliveries?status=failure")).EnumerateArray().Single(item => item.GetProperty("event").GetString() == "workflow_job");
        Assert.Equal((503, "Invalid HTTP Response: 503", "queued", false), (failed.GetProperty("status_code").GetInt32(), failed.GetProperty("status").GetString(), failed.GetProperty("action").GetString(), failed.GetProperty("redelivery").GetBoolean()));
        Receiver.Answer = 200;
        using var again = await Http.PostAsync(new Uri($"{Org}/hooks/{hook}/deliveries/{failed.GetProperty("id")}/attempts", UriKind.Relative), null);
        await ReadAsync(again, 202);
        await SettleAsync();

        Assert.Equal(2, Receiver.Of("workflow_job").Count);
        Assert.Single(Receiver.Of("workflow_job").Select(item => item.Delivery).Distinct());
        var newest = (await GetAsync($"{Org}/hooks/{hook}/deliveries"))[0];
        Assert.Equal((true, 200, failed.GetProperty("guid").GetString()), (newest.GetProperty("redelivery").GetBoolean(), newest.GetProperty("status_code").GetInt32(), newest.GetProperty("guid").GetString()));
        var whole = await GetAsync($"{Org}/hooks/{hook}/deliveries/{newest.GetProperty("id")}");
        Assert.Equal("queued", whole.GetProperty("request").GetProperty("payload").GetProperty("action").GetString());
    }

    [Fact]
    public async Task Deliveries_ManyPages_AreLinkedByCursor()
    {
        var hook = await AddHookAsync();
        for (var i = 0; i < 4; i++)
        {
            GitHub.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1), runId: 1);
        }

        await SettleAsync();
        var seen = new List<long>();
        for (var path = $"{Org}/hooks/{hook}/deliveries?per_page=4"; path.Length > 0;)
        {
            using var answer = await Http.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute));
            seen.AddRange((await ReadAsync(answer, 200)).EnumerateArray().Select(item => item.GetProperty("id").GetInt64()));
            path = answer.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : "";
        }

        Assert.Equal([6, 5, 4, 3, 2, 1], seen);
    }

    [Fact]
    public async Task DeliveriesOfAnApp_AreForItsOwnJwt()
    {
        GitHub.Webhooks.AddForApp(AppId, Receiver.Address, Secret);
        await SettleAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("api/v3/app/hook/deliveries", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AppJwt());
        using var answer = await Http.SendAsync(request);

        Assert.Equal("ping", Assert.Single((await ReadAsync(answer, 200)).EnumerateArray()).GetProperty("event").GetString());
        await GetAsync("app/hook/deliveries", 401);
    }

    [Fact]
    public async Task Hooks_ThroughTheApi_AreMadeListedAndDeleted()
    {
        var body = JsonSerializer.Serialize(new { name = "web", events = new[] { "workflow_job" }, config = new { url = Receiver.Address, secret = Secret } });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var made = await Http.PostAsync(new Uri($"{Org}/hooks", UriKind.Relative), content);
        var id = (await ReadAsync(made, 201)).GetProperty("id").GetInt64();

        Assert.Equal("********", (await GetAsync($"{Org}/hooks"))[0].GetProperty("config").GetProperty("secret").GetString());
        await GetAsync($"repos/{Repo}/hooks/{id}", 404);
        Assert.Equal(204, await DeleteAsync($"{Org}/hooks/{id}"));
        await GetAsync($"{Org}/hooks/{id}", 404);
    }

    [Fact]
    public async Task Delivery_Delayed_ArrivesLaterAndSaysHowLongItTook()
    {
        var hook = await AddHookAsync();
        Faults.On("webhook:workflow_job").Delay(TimeSpan.FromSeconds(5)).Times(1);
        GitHub.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1));
        await Eventually.IsTrueAsync(() => Clock.NextDue <= Clock.GetUtcNow().AddSeconds(5), "the delivery waits");

        Clock.Advance(TimeSpan.FromSeconds(5));
        await Eventually.IsTrueAsync(() => GitHub.Webhooks.Deliveries.Count >= 3, "three deliveries");

        Assert.Single(Receiver.Of("workflow_job"));
        Assert.Equal(5, (await GetAsync($"{Org}/hooks/{hook}/deliveries"))[0].GetProperty("duration").GetDouble());
    }

    private static string Job(ReceivedWebhook webhook, string property) => webhook.Json.GetProperty("workflow_job").GetProperty(property).ToString();
}
