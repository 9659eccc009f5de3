using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using Operator.Entities;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>Deliveries as GitHub sends them, from the package of examples that its own libraries are tested with.</summary>
public sealed class PayloadTests : IAsyncLifetime
{
    private readonly WebhookDemandFixture _fixture = new();
    private WebhookServer _server = null!;

    public async Task InitializeAsync() => _server = await WebhookServer.StartAsync(_fixture);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("ping.json", HttpStatusCode.OK, "Pong")]
    [InlineData("workflow_run.completed.json", HttpStatusCode.Accepted, "Ignored")] // no lease is held by it
    [InlineData("workflow_job.queued.json", HttpStatusCode.OK, "LeaseCreated")]
    [InlineData("workflow_job.queued.2.json", HttpStatusCode.Accepted, "Ignored")] // its status is waiting
    [InlineData("workflow_job.waiting.json", HttpStatusCode.Accepted, "Ignored")]
    [InlineData("workflow_job.in_progress.json", HttpStatusCode.OK, "Recorded")]
    [InlineData("workflow_job.in_progress.2.json", HttpStatusCode.OK, "ForeignRunner")]
    [InlineData("workflow_job.in_progress.3.json", HttpStatusCode.OK, "ForeignRunner")]
    [InlineData("workflow_job.completed.json", HttpStatusCode.OK, "ForeignRunner")]
    [InlineData("workflow_job.completed.2.json", HttpStatusCode.OK, "ForeignRunner")]
    public async Task Example_Delivered_IsUnderstood(string file, HttpStatusCode expected, string outcome)
    {
        _fixture.AddPool("codertocat", "https://github.com/Codertocat", labels: ["ubuntu-latest"]);
        _fixture.AddPool("lineville", "https://github.com/lineville/elastic-machines-testing", labels: ["k8s"]);
        _fixture.AddPool("octo", "https://github.com/octo-org", labels: ["gpu", "db-app", "dc-03"]);
        await _fixture.Secrets.ReadAgainAsync(default);
        var lease = _fixture.AddLease("octo-0", pool: "octo", url: "https://github.com/octo-org");
        lease.Status!.Runner!.Name = "my runner";
        _fixture.Api.Put(lease);

        var (status, body, _) = await _server.SendAsync(file.Split('.')[0], Read(file));

        Assert.Equal(expected, status);
        Assert.Equal(outcome, (string?)JsonNode.Parse(body)!["outcome"]);
    }

    // On any replica: the job that a lease waits for has to wait itself.
    [Theory]
    [InlineData("workflow_job.queued.2.json", true)]
    [InlineData("workflow_job.queued.2.json", false)]
    [InlineData("workflow_job.waiting.json", true)]
    [InlineData("workflow_job.waiting.json", false)]
    public async Task WaitingExample_Delivered_FreesTheLeaseOfTheJob(string file, bool byTheLeader)
    {
        var json = Read(file);
        var root = JsonNode.Parse(json)!;
        var repository = root["repository"]!["full_name"]!.ToString();
        _fixture.AddPool("pool", $"https://github.com/{repository.Split('/')[0]}", labels: ["any"]);
        _fixture.AddLease("a", made: root["workflow_job"]!["id"]!.ToString(), pool: "pool", url: $"https://github.com/{repository}");
        await _fixture.Secrets.ReadAgainAsync(default);
        if (!byTheLeader)
        {
            _fixture.Router.Lead(_fixture.Intake).Dispose();
        }

        var (status, _, _) = await _server.SendAsync("workflow_job", json);

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal("a=", _fixture.Tags());
    }

    [Fact]
    public async Task QueuedExample_Delivered_TheLeaseSaysWhatItIsFor()
    {
        _fixture.AddPool("lineville", "https://github.com/lineville", labels: ["k8s"]);
        await _fixture.Secrets.ReadAgainAsync(default);
        var json = Read("workflow_job.queued.2.json").Replace("\"waiting\"", "\"queued\"", StringComparison.Ordinal);

        await _server.SendAsync("workflow_job", json);

        var job = JsonNode.Parse(json)!["workflow_job"]!;
        var lease = Assert.Single(_fixture.Api.Leases);
        Assert.Equal($"lineville-job-{job["id"]}", lease.Metadata.Name);
        Assert.Equal(job["id"]!.ToString(), lease.Metadata.Labels![Labels.Job]);
        Assert.Equal(job["run_id"]!.ToString(), lease.Metadata.Annotations![Annotations.RunId]);
        Assert.Equal("lineville/elastic-machines-testing", lease.Metadata.Annotations[Annotations.Repository]);
        Assert.Equal(job["html_url"]!.ToString(), lease.Metadata.Annotations[Annotations.JobUrl]);
    }

    private static string Read(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"payloads/{file}")!;
        return new StreamReader(stream).ReadToEnd();
    }
}
