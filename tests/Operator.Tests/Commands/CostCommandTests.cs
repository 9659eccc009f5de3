using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Operator.Commands.Cost;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.Tests.Aws.Clients;

namespace Operator.Tests.Commands;

public sealed class CostCommandTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("today", "2026-03-02T10:00:00Z", "5")] // 3 + 2 hours at 1
    [InlineData("month", "2026-03-02T10:00:00Z", "22")]
    [InlineData("today", "2026-03-01T10:00:00Z", "12")] // yesterday's account: today's hours only
    [InlineData("month", "2026-03-01T10:00:00Z", "46")]
    [InlineData("month", "2026-02-28T10:00:00Z", "36")]
    public void Report_ByStatus_AddsWhatRanSinceItWasWritten(string period, string asOf, string expected)
    {
        var pool = Pool("linux", "3", "20", asOf);

        var report = CostCommand.Report([pool, new() { Metadata = { Name = "new" } }], CostPeriod.Parse(period)!, Now);

        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), report.Total);
        Assert.Equal(["linux", "new"], report.Rows.Select(row => row.Pool));
    }

    [Fact]
    public void Table_OfSeveralParts_HasAColumnEachAndTheSum()
    {
        var text = Report.ToText();

        Assert.Equal(
            """
            Cost in US dollars, the last 30d, by Prometheus

            NAMESPACE  POOL   GITHUB  ON-DEMAND   SPOT  TOTAL
            ci         linux    0.50       1.00  10.00  11.50
            ci         a<b>     0.00       0.00   0.25   0.25
                                0.50       1.00  10.25  11.75

            """,
            text.Replace("\r", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Picture_IsWellFormed_WithEveryPoolAndNoMarkupOfTheirs()
    {
        var svg = XDocument.Parse(CostPicture.ToSvg(Report));
        var html = CostPicture.ToHtml(Report);

        Assert.Contains("ci/a<b>", svg.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("$11.75", svg.Root.Value, StringComparison.Ordinal);
        Assert.Contains("<td>a&lt;b&gt;</td>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("a<b>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Picture_OfManyPools_IsBounded()
    {
        var rows = Enumerable.Range(0, 1000).Select(number => new CostRow("ci", $"pool-{number}", new Dictionary<string, decimal> { ["all"] = 1 })).ToList();

        Assert.Contains("950 more", CostPicture.ToSvg(new("today", "the test", rows)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prometheus_Answers_AreRowsByPool()
    {
        var asked = new List<string>();
        using var http = new HttpClient(new StubHttp(request =>
        {
            asked.Add(Uri.UnescapeDataString(request.RequestUri!.Query));
            Assert.Equal("Bearer secret", request.Headers.Authorization?.ToString());
            return Answer(asked[^1].Contains("github", StringComparison.Ordinal)
                ? """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"namespace":"ci","pool":"linux"},"value":[1,"0.5"]}]}}"""
                : """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"namespace":"ci","pool":"linux","usage_class":"spot"},"value":[1,"10"]},{"metric":{"namespace":"ci","pool":"arm","usage_class":"on-demand"},"value":[1,"20"]}]}}""");
        }));

        var rows = await new PrometheusCosts(http, new("http://prometheus.example/base"), "secret").ReadAsync(TimeSpan.FromDays(30), CancellationToken.None);

        Assert.Equal([("arm", 20m), ("linux", 10.5m)], rows.Select(row => (row.Pool, row.Total)));
        Assert.Contains("[2592000s]", asked[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "", "HTTP 403")]
    [InlineData(HttpStatusCode.OK, "<html>", "does not answer like a Prometheus")]
    [InlineData(HttpStatusCode.OK, "{}", "does not answer like a Prometheus")]
    [InlineData(HttpStatusCode.OK, """{"data":{"result":[{"metric":{},"value":[]}]}}""", "does not answer like a Prometheus")]
    public async Task Prometheus_ThatIsNone_IsOneLine(HttpStatusCode code, string body, string expected)
    {
        using var http = new HttpClient(new StubHttp(_ => Answer(body, code)));

        var failure = await Assert.ThrowsAsync<CommandException>(
            () => new PrometheusCosts(http, new("http://prometheus.example"), token: null).ReadAsync(TimeSpan.FromHours(1), CancellationToken.None));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    private static CostReport Report => new(
        "the last 30d",
        "Prometheus",
        [
            new("ci", "linux", new Dictionary<string, decimal> { ["spot"] = 10, ["on-demand"] = 1, ["github"] = 0.5m }),
            new("ci", "a<b>", new Dictionary<string, decimal> { ["spot"] = 0.25m }),
        ]);

    private static HttpResponseMessage Answer(string body, HttpStatusCode code = HttpStatusCode.OK) => new(code) { Content = new StringContent(body) };

    private static V1Alpha1RunnerPool Pool(string name, string today, string month, string asOf) => new()
    {
        Metadata = { NamespaceProperty = "ci", Name = name },
        Status = new() { HourlyCost = "1", Cost = new() { Today = today, ThisMonth = month, AsOf = DateTimeOffset.Parse(asOf, CultureInfo.InvariantCulture) } },
    };
}
