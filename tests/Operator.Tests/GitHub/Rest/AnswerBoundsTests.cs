using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Demand;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Tests.GitHub.Rest;

/// <summary>The memory and time used by a GitHub server's answers are limited.</summary>
public sealed class AnswerBoundsTests
{
    private const string Runners = "/orgs/my-org/actions/runners";

    [Theory]
    [InlineData(200)]
    [InlineData(403)]
    public async Task GzipBomb_IsNotUnpacked(int status)
    {
        await using var server = await BombAsync(status);
        var addresses = new GitHubAddresses { AllowLoopback = true };
        using var connections = new GitHubConnections(TimeProvider.System, NullLogger<GitHubConnections>.Instance, addresses: addresses);
        var target = StubGitHub.Target($"{server.Urls.First()}/my-org");
        var client = connections.Get(target, StubGitHub.PersonalToken);

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => client.ListRunnersAsync(target, default));

        Assert.Equal((GitHubErrors.UnexpectedAnswer, status), (failure.Reason, failure.StatusCode));
        Assert.EndsWith("with more than 16 MiB", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GzipBomb_OfAQueue_IsNotUnpacked()
    {
        await using var server = await BombAsync(200);
        using var http = new GitHubHttp(
            new() { AllowLoopback = true }, new GitHubAddresses { AllowLoopback = true }.Sockets(), wrap: null, TimeProvider.System, networkTime: null);
        var transport = new ScaleSetTransport(http, NullLogger.Instance);
        var target = StubGitHub.Target($"{server.Urls.First()}/my-org");
        using var connections = new GitHubConnections(TimeProvider.System, NullLogger<GitHubConnections>.Instance);
        var client = new ScaleSetClient(new AdminConnections(target, connections.Get(target, StubGitHub.PersonalToken), transport), transport);

        var failure = await Assert.ThrowsAsync<GitHubApiException>(
            () => client.PollAsync(7, new() { MessageQueueUrl = $"{server.Urls.First()}/queue", MessageQueueAccessToken = "Q" }, 0, 1, default));

        Assert.EndsWith("with more than 16 MiB", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_OfTheGreatestSize_IsRead()
    {
        var stub = new StubGitHub();
        stub.On($"GET {Runners}/7", 200, $$"""{"id":7,"name":"r","x":"{{new string('x', GitHubHttp.MaxBodyBytes - 26)}}"}""")
            .On($"GET {Runners}/7", 200, $$"""{"id":7,"name":"r","x":"{{new string('x', GitHubHttp.MaxBodyBytes - 25)}}"}""");

        Assert.NotNull(await stub.Client().GetRunnerAsync(StubGitHub.Organization, 7, default));
        await Assert.ThrowsAsync<GitHubApiException>(() => stub.Client().GetRunnerAsync(StubGitHub.Organization, 7, default));
    }

    [Fact]
    public async Task Pages_WithoutAnEnd_AreGivenUp()
    {
        var stub = new StubGitHub();
        for (var page = 1; page <= GitHubPages<GitHubRunner>.MostPages + 1; page++)
        {
            stub.On(Page(page), 200, Listed(page), Next);
        }

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => stub.Client().ListRunnersAsync(StubGitHub.Organization, default));

        Assert.Equal(GitHubErrors.UnexpectedAnswer, failure.Reason);
        Assert.Equal(GitHubPages<GitHubRunner>.MostPages + 1, stub.Sent.Count);
    }

    [Fact]
    public async Task Pages_AsManyAsThereMayBe_AreRead()
    {
        var stub = new StubGitHub();
        for (var page = 1; page <= GitHubPages<GitHubRunner>.MostPages; page++)
        {
            stub.On(Page(page), 200, Listed(page), page < GitHubPages<GitHubRunner>.MostPages ? [Next] : []);
        }

        Assert.Equal(GitHubPages<GitHubRunner>.MostPages, (await stub.Client().ListRunnersAsync(StubGitHub.Organization, default)).Count);
    }

    [Fact]
    public async Task Pages_OfGreatSize_AreGivenUpLongBeforeTheirNumber()
    {
        var stub = new StubGitHub();
        var filler = new string('x', GitHubHttp.MaxBodyBytes - 200);
        for (var page = 1; page <= 6; page++)
        {
            stub.On(Page(page), 200, Listed(page, filler), Next);
        }

        await Assert.ThrowsAsync<GitHubApiException>(() => stub.Client().ListRunnersAsync(StubGitHub.Organization, default));

        Assert.InRange(stub.Sent.Count, 2, 5);
    }

    // Each within the patience for a single call.
    [Fact]
    public async Task Pages_ThatAreSlow_AreGivenUpTogether()
    {
        var pause = TimeSpan.FromSeconds(20);
        var stub = new StubGitHub();
        var (asked, passed) = (0, 0);
        for (var page = 1; page <= 10; page++)
        {
            var listed = Listed(page);
            stub.On(Page(page), async _ =>
            {
                var answering = Task.Delay(pause, stub.Clock);
                Interlocked.Increment(ref asked);
                await answering;
                return StubGitHub.Answer(200, listed, Next);
            });
        }

        var list = stub.Client().ListRunnersAsync(StubGitHub.Organization, default);
        var begun = stub.Clock.GetUtcNow();
        await Eventually.IsTrueAsync(
            () =>
            {
                if (passed < Volatile.Read(ref asked))
                {
                    passed++;
                    stub.Clock.Advance(pause);
                }

                return list.IsCompleted;
            },
            "the list is given up");

        Assert.Equal(GitHubErrors.Unreachable, (await Assert.ThrowsAsync<GitHubApiException>(() => list)).Reason);
        Assert.InRange(stub.Clock.GetUtcNow() - begun, GitHubPages<GitHubRunner>.Timeout, GitHubPages<GitHubRunner>.Timeout + pause);
    }

    [Fact]
    public async Task Budgets_OfTenThousandNames_AreNoMoreThanOperations()
    {
        var stub = new StubGitHub();
        for (var i = 0; i < 10_000; i++)
        {
            stub.On($"GET {Runners}/7", 200, """{"id":7,"name":"r"}""", Budget($"resource-{i}-{new string('x', 1000)}"));
        }

        for (var i = 0; i < 10_000; i++)
        {
            await stub.Client().GetRunnerAsync(StubGitHub.Organization, 7, default);
        }

        var name = Assert.Single(stub.Client().RateLimiter.Budgets).Key;
        Assert.StartsWith("resource-9999", name, StringComparison.Ordinal);
        Assert.InRange(name.Length, 1, 64);
    }

    [Fact]
    public async Task JobEvents_OfTenThousandKinds_AreOneSeriesMore()
    {
        var instruments = new Instruments();
        var metrics = new DemandMetrics(instruments, new ManualTimeProvider());

        metrics.RecordJobs(new("ci", "linux"), Enumerable.Range(0, 10_000).Select(i => new ScaleSetJob { MessageType = $"Kind{i}" }));
        metrics.RecordJobs(new("ci", "linux"), ScaleSetJob.Types.Select(type => new ScaleSetJob { MessageType = type }));

        using var text = new MemoryStream();
        await instruments.Registry.CollectAndExportAsTextAsync(text);
        var series = Encoding.UTF8.GetString(text.ToArray()).Split('\n').Where(line => line.Contains("event=", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, series.Count);
        Assert.Contains(series, line => line.Contains("event=\"other\"", StringComparison.Ordinal) && line.EndsWith(" 10000", StringComparison.Ordinal));
    }

    private static (string Name, string Value) Next => ("Link", "<https://api.github.com/x?page=2>; rel=\"next\"");

    private static string Page(int page) => $"GET {Runners}?per_page=100&page={page}";

    private static string Listed(int id, string filler = "") =>
        $$"""{"total_count":1,"x":"{{filler}}","runners":[{"id":{{id}},"name":"r{{id}}","status":"online","busy":false,"labels":[]}]}""";

    private static (string Name, string Value)[] Budget(string resource) =>
    [
        ("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "4000"), ("x-ratelimit-resource", resource),
        ("x-ratelimit-reset", new ManualTimeProvider().GetUtcNow().AddMinutes(20).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
    ];

    // A gigabyte in a megabyte.
    private static async Task<WebApplication> BombAsync(int status)
    {
        var packed = new MemoryStream();
        await using (var zip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 1024; i++)
            {
                await zip.WriteAsync(zeros);
            }
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(packed.ToArray(), context.RequestAborted);
        });
        await app.StartAsync();
        return app;
    }
}
