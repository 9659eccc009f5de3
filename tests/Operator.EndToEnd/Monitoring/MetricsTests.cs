using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Monitoring;

/// <summary>The content of <c>/metrics</c> of a busy world, checked with Prometheus' own tools.</summary>
[Collection(MonitoringCollection.Name)]
public sealed partial class MetricsTests(MonitoredWorld world)
{
    private const string OpenMetrics = "application/openmetrics-text";
    private const string ReadStrictly = """
        import sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        print(len(list(text_string_to_metric_families(sys.stdin.read()))))
        """;

    [ProgramFact("promtool")]
    public async Task Text_ForPromtool_IsClean()
    {
        var (text, type) = await world.ScrapeAsync("text/plain");

        var result = await Tool.RunAsync("promtool", ["check", "metrics"], input: text);

        Assert.StartsWith("text/plain; version=0.0.4", type, StringComparison.Ordinal);
        Assert.Equal("", result.Output + result.Error);
        Assert.Equal(0, result.ExitCode);
    }

    // promtool reads the older format only; the client library for Python has the strict parser of OpenMetrics.
    [PythonFact("prometheus_client")]
    public async Task OpenMetrics_ForAStrictReader_IsClean()
    {
        var (text, type) = await world.ScrapeAsync(OpenMetrics);

        var result = await Tool.RunAsync(PythonFactAttribute.Interpreter, ["-c", ReadStrictly], input: text);

        Assert.StartsWith(OpenMetrics, type, StringComparison.Ordinal);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(int.Parse(result.Output, System.Globalization.CultureInfo.InvariantCulture) > 40);
    }

    [ProgramFact("prometheus")]
    public async Task Prometheus_NegotiatesOpenMetrics_AndTakesAllOfIt()
    {
        var targets = (await world.Prometheus!.GetAsync("targets"))!["data"]!["activeTargets"]!.AsArray();
        var metadata = (await world.Prometheus.GetAsync("metadata?metric=ec2runners_launches"))!["data"]!;

        Assert.Equal(("up", ""), (targets[0]!["health"]!.GetValue<string>(), targets[0]!["lastError"]!.GetValue<string>()));
        Assert.Equal("counter", metadata["ec2runners_launches"]![0]!["type"]!.GetValue<string>()); // in the older format the family ends in _total
    }

    [Fact]
    public async Task EveryFamilyAndLabel_IsInTheReference()
    {
        var (text, _) = await world.ScrapeAsync("text/plain");
        var reference = ReferenceRow().Matches(await File.ReadAllTextAsync(Repository.PathOf("docs/metrics.md")))
            .ToDictionary(row => row.Groups["name"].Value, row => row.Groups["labels"].Value, StringComparer.Ordinal);

        Assert.Equal(reference.Keys.Order(StringComparer.Ordinal), Type().Matches(text).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal));
        foreach (var sample in Sample().Matches(text).Cast<Match>())
        {
            var row = reference.GetValueOrDefault(sample.Groups["name"].Value) ?? reference[HistogramSuffix().Replace(sample.Groups["name"].Value, "")];
            Assert.All(
                Label().Matches(sample.Groups["labels"].Value).Select(label => label.Groups["name"].Value).Where(name => name != "le"),
                label => Assert.True(row.Contains($"`{label}`", StringComparison.Ordinal), $"{sample.Groups["name"].Value}: {label}"));
        }
    }

    [ProgramFact("prometheus")]
    public async Task Dashboards_EachQuery_ReturnsNumbers()
    {
        var silent = new List<string>();
        foreach (var query in Directory.EnumerateFiles(Repository.PathOf("charts/ec2runners/files/dashboards"), "*.json").SelectMany(QueriesOf))
        {
            var numbers = await world.Prometheus!.NumbersAsync(
                query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$namespace", ".*", StringComparison.Ordinal).Replace("$pool", ".*", StringComparison.Ordinal));
            if (numbers.Count == 0)
            {
                silent.Add(query);
            }
        }

        Assert.Empty(silent);
    }

    [ProgramFact("prometheus")]
    public async Task Alerts_InAWorldThatIsWell_AreEvaluatedAndSilent()
    {
        var rules = (await world.Prometheus!.GetAsync("rules"))!["data"]!["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).ToList();

        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.Equal(
            ("ok", "inactive"), (rule!["health"]!.GetValue<string>(), rule["state"]!.GetValue<string>() is var state && state == "inactive" ? "inactive" : $"{rule["name"]} {state}")));
    }

    // An alert on a series that does not exist yet would be silent for the wrong reason.
    [ProgramFact("prometheus")]
    public async Task Alerts_EverySelector_FindsSeries()
    {
        var rules = await File.ReadAllTextAsync(Repository.PathOf("charts/ec2runners/files/rules/ec2runners.yaml"));
        var selectors = Selector().Matches(rules).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToList();
        var absent = new List<string>();
        foreach (var selector in selectors.Where(selector => !selector.Contains("code=~", StringComparison.Ordinal))) // failures of calls appear as they come
        {
            if ((await world.Prometheus!.QueryAsync(selector)).Count == 0)
            {
                absent.Add(selector);
            }
        }

        Assert.True(selectors.Count > 15);
        Assert.Empty(absent);
    }

    private static IEnumerable<string> QueriesOf(string file)
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(file))!;
        return dashboard["panels"]!.AsArray()
            .SelectMany(panel => panel!["targets"] as JsonArray ?? [])
            .Select(target => target!["expr"]!.GetValue<string>())
            .Concat(dashboard["templating"]!["list"]!.AsArray().Select(variable => variable!["definition"]?.GetValue<string>()).OfType<string>()
                .Select(definition => LabelValues().Match(definition).Groups["selector"].Value));
    }

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| \w+ \|(?<labels>[^|]*)\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex ReferenceRow();

    [GeneratedRegex(@"^# TYPE (?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Type();

    [GeneratedRegex(@"^(?<name>\w+)\{(?<labels>.*)\} \S+$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<name>\w+)=""(\\.|[^""\\])*""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex HistogramSuffix();

    [GeneratedRegex(@"ec2runners_\w+(\{[^}]*\})?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Selector();

    [GeneratedRegex(@"^label_values\((?<selector>.*), \w+\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex LabelValues();
}
