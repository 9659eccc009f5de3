using System.CommandLine;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.Observability;
using Operator.Settings;

namespace Operator.Commands.Cost;

/// <summary><c>operator cost</c>: what pools have cost, as a table or chart.</summary>
internal static class CostCommand
{
    private static readonly Option<string> Period = new Option<string>("--period")
    {
        Description = "today, month (UTC), or with --prometheus the last hours or days, such as 12h or 30d.",
        DefaultValueFactory = _ => CostPeriod.Month,
    }.MustBe(text => CostPeriod.Parse(text) is not null, "today, month, or up to a year such as 12h or 30d");

    private static readonly Option<string?> Prometheus = new Option<string?>("--prometheus")
    {
        Description = "URL of a Prometheus to query instead of the pools' status; PROMETHEUS_TOKEN may contain a token for it.",
    }.MustBe(text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https", "a URL such as http://prometheus:9090");

    private static readonly Option<FileInfo?> Output = new Option<FileInfo?>("--output")
    {
        Description = "Also write a chart to this .svg or .html file.",
    }.MustBe(text => Path.GetExtension(text) is ".svg" or ".html", "the name of a .svg or .html file");

    public static Command Create()
    {
        var command = new Command("cost", "Print what pools have cost, by the prices of their machines at launch.")
        {
            Period, Prometheus, Output, ClusterArguments.WatchNamespaces, ClusterArguments.Kubeconfig, ClusterArguments.Context,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var dependencies = OperatorDependencies.Real();
        var (period, now) = (CostPeriod.Parse(parsed.GetValue(Period)!)!, dependencies.Time.GetUtcNow());
        var scope = WatchScope.Parse(parsed.GetValue(ClusterArguments.WatchNamespaces));
        var report = parsed.GetValue(Prometheus) is { } url
            ? await QueryAsync(new(url), period, now, cancellationToken)
            : await ReadAsync(parsed, dependencies, scope, period, now, cancellationToken);
        report = new(report.Period, report.Source, [.. report.Rows.Where(row => scope.IsEverywhere || scope.Namespaces.Contains(row.Namespace))]);
        await parsed.InvocationConfiguration.Output.WriteAsync(report.ToText());
        if (parsed.GetValue(Output) is { } file)
        {
            var picture = file.Extension == ".svg" ? CostPicture.ToSvg(report) : CostPicture.ToHtml(report);
            await OutputFile.WriteAsync(file, () => File.WriteAllTextAsync(file.FullName, picture, cancellationToken));
        }

        return 0;
    }

    private static async Task<CostReport> QueryAsync(Uri url, CostPeriod period, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        var rows = await new PrometheusCosts(http, url, ClusterArguments.Variable("PROMETHEUS_TOKEN")).ReadAsync(period.At(now), cancellationToken);
        return new(period.Describe(now), "Prometheus", rows);
    }

    private static async Task<CostReport> ReadAsync(
        ParseResult parsed, OperatorDependencies dependencies, WatchScope scope, CostPeriod period, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (period.Length is not null)
        {
            throw new CommandException($"--period {period.Name} needs --prometheus: the pools' status only covers today and month");
        }

        using var client = OperatorProcess.Connect(ClusterArguments.Read(parsed), dependencies, new OperatorMetrics());
        var pools = new List<V1Alpha1RunnerPool>();
        foreach (var space in scope.IsEverywhere ? [null] : scope.Namespaces.Cast<string?>())
        {
            pools.AddRange((await client.ListAsync<V1Alpha1RunnerPool>(space, labelSelector: null, cancellationToken)).Items);
        }

        return Report(pools, period, now);
    }

    /// <summary>The report from the pools' status, plus what their machines have cost since it was written.</summary>
    public static CostReport Report(IEnumerable<V1Alpha1RunnerPool> pools, CostPeriod period, DateTimeOffset now) => new(
        period.Describe(now),
        "the pools' status",
        [
            .. pools.Select(pool => new CostRow(pool.Metadata.NamespaceProperty ?? "", pool.Metadata.Name ?? "", new Dictionary<string, decimal> { ["all"] = CostOf(pool, period, now) }))
                .OrderByDescending(row => row.Total).ThenBy(row => row.Namespace, StringComparer.Ordinal).ThenBy(row => row.Pool, StringComparer.Ordinal),
        ]);

    private static decimal CostOf(V1Alpha1RunnerPool pool, CostPeriod period, DateTimeOffset now)
    {
        if (pool.Status?.Cost is not { AsOf: { } at } cost)
        {
            return 0;
        }

        var begun = period.Name == CostPeriod.Today ? CostPlanner.DayOf(now) : CostPlanner.MonthOf(now);
        var before = at < begun ? 0 : CostPlanner.Amount(period.Name == CostPeriod.Today ? cost.Today : cost.ThisMonth);
        return before + new CostSpan(at, now, CostPlanner.Amount(pool.Status.HourlyCost)).Within(begun, now);
    }
}
