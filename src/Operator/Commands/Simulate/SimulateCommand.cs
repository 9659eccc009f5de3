using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Hosting;
using Operator.Observability;

namespace Operator.Commands.Simulate;

/// <summary><c>operator simulate</c>: what pools would cost and how long jobs would wait, for a trace of jobs.</summary>
internal static class SimulateCommand
{
    private const int MostAlternatives = 20;
    private const string FirstMonday = "2024-01-01";

    private static readonly Option<FileInfo[]> Files = new("--filename", "-f")
    {
        Description = "A file with RunnerPools and their ResourceClasses; repeat it to compare several. Classes may also be in a file of their own.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> Pools = new Option<string[]>("--pool")
    {
        Description = "A pool of the cluster, as namespace/name, with what it has learned and the prices of its class; may be repeated.",
        DefaultValueFactory = _ => [],
    }.MustBe(ArgumentRules.IsNamespacedName, "namespace/name");

    private static readonly Option<FileInfo?> Trace = new("--trace") { Description = $"Jobs as CSV: {TraceFile.Header}. Times in RFC 3339, or in seconds since --date; labels separated by spaces." };

    private static readonly Option<string> Date = new Option<string>("--date")
    {
        Description = "The day that a trace's seconds count from; by default a Monday.",
        DefaultValueFactory = _ => FirstMonday,
    }.MustBe(text => DateOf(text) is not null, "a date such as 2026-03-02");

    private static readonly Option<int?> Days = new Option<int?>("--github-days")
    {
        Description = "Fetch the jobs of the last days from GitHub instead. Credentials as in the environment of `operator cleanup`, or in the pool's Secret with --pool.",
    }.MustBe(text => int.TryParse(text, out var days) && days > 0 && days <= JobTrace.Longest.TotalDays, $"a number of days from 1 to {JobTrace.Longest.TotalDays:0}");

    private static readonly Option<string?> GitHubUrl = new("--github-url") { Description = "With --github-days, the organization or repository; defaults to the first pool's." };

    private static readonly Option<int> MaxRuns = new Option<int>("--max-runs")
    {
        Description = "With --github-days, how many workflow runs to read at most; each costs a call of the hourly limit.",
        DefaultValueFactory = _ => GitHubTrace.UsualMostRuns,
    }.MustBe(ArgumentRules.IsCount, "a number");

    private static readonly Option<FileInfo?> SaveTrace = new("--save-trace") { Description = "Write the trace to this file, for --trace." };

    private static readonly Option<string[]> BootTimes = new Option<string[]>("--boot-time")
    {
        Description = "From launch to a runner that takes jobs, as 60s or m7a.*=45s; may be repeated. Defaults to what the pool has learned, or 90s.",
        DefaultValueFactory = _ => [],
    }.MustBe(text => SimulationArguments.ParseBootTime(text) is not null, "a duration such as 60s, or a pattern and a duration such as m7a.*=45s");

    private static readonly Option<string[]> StartTimes = new Option<string[]>("--start-time")
    {
        Description = "From the start of a machine on standby to a runner that takes jobs, as stopped=30s or hibernated=25s; may be repeated. These are the defaults.",
        DefaultValueFactory = _ => [],
    }.MustBe(text => SimulationArguments.ParseStartTime(text) is not null, "a tier and a duration, such as stopped=30s or hibernated=25s");

    private static readonly Option<string[]> SpotLosses = new Option<string[]>("--spot-loss")
    {
        Description = "Percent of the spot machines that EC2 takes back in an hour, as 0.5 or c7a.*=2; may be repeated. Defaults to 0.5.",
        DefaultValueFactory = _ => [],
    }.MustBe(text => SimulationArguments.ParseSpotLoss(text) is not null, "a percentage from 0 to 100, or a pattern and a percentage such as c7a.*=2");

    private static readonly Option<decimal> SpotPrice = new Option<decimal>("--spot-price")
    {
        Description = "Price of a spot machine in percent of the on-demand price, where the class's status has none.",
        DefaultValueFactory = _ => SimulationOptions.UsualSpotShare * 100,
    }.MustBe(text => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is > 0 and <= 100, "a percentage above 0");

    private static readonly Option<int> Seed = new("--seed") { Description = "Which spot machines are lost: the same seed gives the same result.", DefaultValueFactory = _ => 1 };

    private static readonly Option<bool> Suggest = new("--suggest") { Description = "Also search minIdle, a forecast, schedules, usage class and types, and print what is worth it." };

    private static readonly Option<string> Output = new("--output", "-o") { Description = "table or json.", DefaultValueFactory = _ => "table" };

    private static readonly Option<FileInfo?> Html = new("--html") { Description = "Also write a report with pictures to this file." };

    public static Command Create()
    {
        var command = new Command("simulate", "Estimate what pools would cost, and how long jobs would wait, for a trace of jobs. Nothing is launched.")
        {
            Files, Pools, Trace, Date, Days, GitHubUrl, MaxRuns, SaveTrace, BootTimes, StartTimes, SpotLosses, SpotPrice, Seed, Suggest, Output, Html,
            ClusterArguments.GitHubHosts, ClusterArguments.AllowLoopback, ClusterArguments.Kubeconfig, ClusterArguments.Context,
        };
        Output.AcceptOnlyFromAmong("table", "json");
        command.Validators.Add(result =>
        {
            if (result.GetResult(Trace) is null == (result.GetResult(Days) is null))
            {
                result.AddError("Give --trace or --github-days, and not both.");
            }
            else if (result.GetResult(Files) is null && result.GetResult(Pools) is null)
            {
                result.AddError("Give a manifest with --filename, or a pool of the cluster with --pool.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var dependencies = ClusterArguments.Dependencies(parsed);
        var alternatives = await AlternativesAsync(parsed, dependencies, cancellationToken);
        var (trace, source) = await TraceAsync(parsed, alternatives, dependencies, cancellationToken);
        if (parsed.GetValue(SaveTrace) is { } saved)
        {
            await OutputFile.WriteAsync(saved, () => File.WriteAllTextAsync(saved.FullName, TraceFile.Write(trace), cancellationToken));
        }

        var options = SimulationArguments.OptionsOf(
            parsed.GetValue(BootTimes)!, parsed.GetValue(StartTimes)!, parsed.GetValue(SpotLosses)!, parsed.GetValue(SpotPrice) / 100, parsed.GetValue(Seed));
        var results = alternatives.Select(alternative => WhatIf.Run(alternative, trace, options)).ToList();
        var search = new Suggestions(trace, options);
        var report = new WhatIfReport(
            trace, results,
            parsed.GetValue(Suggest) ? [.. alternatives.Select((alternative, index) => (alternative.Name, search.Find(alternative, results[index])))] : [],
            [.. source, .. SimulationArguments.Describe(options)]);
        await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(Output) == "json" ? report.ToJson() : report.ToText());
        if (parsed.GetValue(Html) is { } page)
        {
            await OutputFile.WriteAsync(page, () => File.WriteAllTextAsync(page.FullName, WhatIfPage.ToHtml(report), cancellationToken));
        }

        return 0;
    }

    // A file with classes only serves all alternatives.
    private static async Task<IReadOnlyList<Alternative>> AlternativesAsync(ParseResult parsed, OperatorDependencies dependencies, CancellationToken cancellationToken)
    {
        var (found, shared) = (new List<Alternative>(), new List<V1Alpha1ResourceClass>());
        foreach (var file in parsed.GetValue(Files)!)
        {
            var (pools, classes) = await WhatIfManifests.ReadAsync(file, cancellationToken);
            if (pools.Count == 0 && classes.Count == 0)
            {
                throw new CommandException($"{file}: there is neither a RunnerPool nor a ResourceClass in it");
            }

            shared.AddRange(pools.Count == 0 ? classes : []);
            found.AddRange(pools.Count == 0 ? [] : [new(NameOf(file, found), pools, classes)]);
        }

        if (parsed.GetValue(Pools) is { Length: > 0 } names)
        {
            found.AddRange(await ReadClusterAsync(names, parsed, dependencies, cancellationToken));
        }

        return found.Count == 0 ? throw new CommandException("there is no RunnerPool in the given files")
            : found.Count > MostAlternatives ? throw new CommandException($"at most {MostAlternatives} alternatives can be compared")
            : [.. found.Select(alternative => alternative with { Classes = [.. alternative.Classes, .. shared] })];
    }

    private static string NameOf(FileInfo file, List<Alternative> others) =>
        others.Exists(other => other.Name == file.Name) ? file.ToString() : file.Name;

    private static async Task<IReadOnlyList<Alternative>> ReadClusterAsync(string[] names, ParseResult parsed, OperatorDependencies dependencies, CancellationToken cancellationToken)
    {
        using var client = OperatorProcess.Connect(ClusterArguments.Read(parsed), dependencies, new OperatorMetrics());
        var classes = (await client.ListAsync<V1Alpha1ResourceClass>(namespaceName: null, labelSelector: null, cancellationToken)).Items;
        var found = new List<Alternative>();
        foreach (var name in names)
        {
            var pool = await client.GetAsync<V1Alpha1RunnerPool>(NamespacedName.Parse(name), cancellationToken)
                ?? throw new CommandException($"there is no RunnerPool {name}; list all with kubectl get runnerpools --all-namespaces");
            found.Add(new(name, [pool], [.. classes]));
        }

        return found;
    }

    private static async Task<(JobTrace Trace, IReadOnlyList<string> Notes)> TraceAsync(
        ParseResult parsed, IReadOnlyList<Alternative> alternatives, OperatorDependencies dependencies, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Trace) is { } file)
        {
            using var reader = file.Exists ? file.OpenText() : throw new CommandException($"{file}: there is no such file");
            return (TraceFile.Read(reader, file.ToString(), DateOf(parsed.GetValue(Date)!)!.Value), []);
        }

        var first = alternatives[0].Pools[0];
        var url = parsed.GetValue(GitHubUrl) ?? first.Spec.GitHub?.Url ?? "";
        var secret = parsed.GetValue(Pools) is { Length: > 0 } names && first.Spec.GitHub?.CredentialsSecretName is { } own && first.Metadata.Name == NamespacedName.Parse(names[0]).Name
            ? new NamespacedName(first.Metadata.NamespaceProperty!, own) : (NamespacedName?)null;
        var (target, credentials) = await GitHubArguments.ReadAsync(url, parsed.GetValue(GitHubUrl) is null ? "spec.github.url" : "--github-url", secret, parsed, dependencies, cancellationToken);
        using var gitHub = new GitHubConnections(
            dependencies.Time, NullLogger<GitHubConnections>.Instance, dependencies.WrapFor("github", new OperatorMetrics().Api),
            addresses: dependencies.GitHub with { Named = GitHubHosts.From(target) });
        var pools = alternatives.SelectMany(alternative => alternative.Pools).ToList();
        var (now, days) = (dependencies.Time.GetUtcNow(), parsed.GetValue(Days)!.Value);
        var (jobs, leftOut) = await new GitHubTrace(gitHub.Get(target, credentials), labels => labels.Count > 0 && WhatIf.IndexOf(pools, labels) >= 0)
            .FetchAsync(target, now.AddDays(-days), now, parsed.GetValue(MaxRuns), cancellationToken);
        return (TraceFile.Sorted(jobs, $"the last {days} days at {target}"), leftOut == 0 ? [] : [$"{leftOut} workflow runs were left out: raise --max-runs to read them"]);
    }

    private static DateTimeOffset? DateOf(string text) =>
        DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date : null;
}
