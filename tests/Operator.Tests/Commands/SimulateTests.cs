using System.CommandLine;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Operator.Commands;
using Operator.Commands.Simulate;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Hosting;
using Operator.Tests.Architecture;

namespace Operator.Tests.Commands;

public sealed class SimulateTests
{
    // A Monday.
    private static readonly DateTimeOffset Midnight = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Trace_TimesAndOffsets_AreReadInOrder()
    {
        var trace = Read("queued,seconds,labels\n# a comment\n2024-01-01T08:00:00+01:00,60,linux self-hosted\n3600,30.5\n\n7,1,\"a;b\"\n");

        Assert.Equal([7, 3600, 7 * 3600], trace.Jobs.Select(job => (job.QueuedAt - Midnight).TotalSeconds));
        Assert.Equal([1, 30.5, 60], trace.Jobs.Select(job => job.Duration.TotalSeconds));
        Assert.Equal(["a b", "", "linux self-hosted"], trace.Jobs.Select(job => string.Join(' ', job.Labels)));
        Assert.Equal((Midnight, Midnight.AddHours(8)), (trace.From, trace.Until));
    }

    [Fact]
    public void Trace_Written_IsReadAgain()
    {
        var trace = Read("7,1,a b\n90,2.25,\n");

        Assert.Equal(TraceFile.Write(trace), TraceFile.Write(Read(TraceFile.Write(trace))));
    }

    [Theory]
    [InlineData("queued,seconds,labels\n", "day.csv: there is no job in it; the columns are queued,seconds,labels")]
    [InlineData("queued,seconds\n1,2\nnoon,5,linux\n", "day.csv:3: 'noon' is neither a time such as 2026-03-02T08:15:00Z nor a number of seconds")]
    [InlineData("-5,5\n", "day.csv:1: '-5' is neither")]
    [InlineData("1,-2,linux\n", "day.csv:1: '-2' is not a run time between 0 and 432000 seconds")]
    [InlineData("1,NaN,linux\n", "day.csv:1: 'NaN' is not a run time")]
    [InlineData("1,1\n2,9e9,linux\n", "day.csv:2: '9e9' is not a run time")]
    [InlineData("1;2;linux\n", "day.csv:1: expected queued,seconds,labels, separated by commas")]
    [InlineData("2024-01-01T00:00:00Z,1\n2024-06-01T00:00:00Z,1\n", "day.csv: the jobs span more than 92 days; use a shorter period")]
    public void Trace_Invalid_IsRefusedByLine(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<CommandException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Trace_EndlessLine_IsRefused() => Assert.Contains("longer than", Assert.Throws<CommandException>(() => Read(new string('x', 5000))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("kind: [RunnerPool\n", "pool.yaml: ")]
    [InlineData("apiVersion: ec2runners.dev/v1alpha1\nkind: RunnerPool\nspec: {capacity: {minIdel: 2}}\n", "minIdel")]
    [InlineData("apiVersion: ec2runners.dev/v1alpha1\nkind: ResourceClass\nspec: {cpu: four}\n", "pool.yaml: ")]
    public void Manifest_Invalid_IsRefused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<CommandException>(() => WhatIfManifests.Read(text, "pool.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void Run_OneJobWithoutIdleRunner_WaitsForABoot_AndCostsItsMachine()
    {
        var outcome = WhatIf.Run(Alternative(), Read("600,1800,linux\n"), Certain).Outcome;

        Assert.Equal((1, 1, 1), (outcome.Jobs, outcome.Machines, outcome.Peak));
        Assert.Equal(60, outcome.WaitAt(50).TotalSeconds);
        Assert.Equal(1863, outcome.MachineHours * 3600, 0.001);
        Assert.Equal(["spot"], outcome.Cost.Keys);
        Assert.Equal(0.0765 * 0.4 * 1863 / 3600, (double)outcome.TotalCost, 0.0001); // c6a.large
    }

    // An hour after the first job two machines wait on standby; the third of a burst gets a cold one.
    [Fact]
    public void Run_Standby_StartsFaster_AndCostsVolumes()
    {
        var outcome = WhatIf.Run(
            Alternative(
                "capacity: {minIdle: 0, maxRunners: 5, standby: {stopped: 1, hibernated: 1}}",
                "purchasing: {usageClass: on-demand}",
                "launch: {image: {id: ami-00000000}, iamInstanceProfile: ci, volumes: [{deviceName: root, encrypted: true, size: 30Gi}]}"),
            Read("7,60,linux\n3600,600,linux\n3600,600,linux\n3600,600,linux\n"), Certain).Outcome;

        Assert.Equal([25, 30, 60, 60], outcome.Waits);
        Assert.Equal([("cold", 2), ("hibernated", 1), ("stopped", 1)], outcome.Tiers.Select(tier => (tier.Key, tier.Value)));
        Assert.Equal(["on-demand", "standby"], outcome.Cost.Keys);
        Assert.InRange(outcome.Cost["standby"], 0.0001m, 0.02m);
        Assert.True(outcome.MachineHours < 1); // three jobs of ten minutes, and the boots
    }

    [Theory]
    [InlineData("stopped=20s", true)]
    [InlineData("Hibernated=1m", true)]
    [InlineData("cold=20s", false)]
    [InlineData("0=20s", false)]
    [InlineData("20s", false)]
    [InlineData("stopped=2h", false)]
    public void StartTime_IsOfATier(string text, bool isValid) => Assert.Equal(isValid, SimulationArguments.ParseStartTime(text) is not null);

    [Theory]
    [InlineData("{minIdle: 1, maxRunners: 5}", 0, 0)]
    [InlineData("{minIdle: 0, maxRunners: 1}", 60, 60 + 1803)] // the second job waits for the first, and for a machine of its own
    [InlineData("{minIdle: 0, maxRunners: 5}", 60, 60)]
    [InlineData("{minIdle: 0, maxRunners: 5, schedules: [{cron: '0 0 * * 1', duration: 2h, minIdle: 2}]}", 0, 0)]
    [InlineData("{minIdle: 2, maxRunners: 5, schedules: [{cron: '0 0 * * 1', duration: 2h, paused: true}]}", 7260 - 2500, 7260 - 600)]
    public void Run_Capacity_DecidesTheWait(string capacity, int first, int second)
    {
        var outcome = WhatIf.Run(Alternative($"capacity: {capacity}"), Read("600,1800,linux\n2500,1800,linux\n"), Certain).Outcome;

        Assert.InRange(outcome.Waits[0], Math.Min(first, second) - 100, first);
        Assert.InRange(outcome.Waits[^1], 0, Math.Max(first, second));
    }

    [Fact]
    public void Run_SpotLosses_RunJobsAgain_OnDemandInTheEnd_AndTheSameOnEveryRun()
    {
        var trace = Read(string.Concat(Enumerable.Range(0, 200).Select(job => $"{job * 60},3000,linux\n")));
        var options = Certain with { SpotLosses = [("*", 0.5)] };

        var (one, same, other) = (WhatIf.Run(Alternative(), trace, options), WhatIf.Run(Alternative(), trace, options), WhatIf.Run(Alternative(), trace, options with { Seed = 2 }));

        Assert.InRange(one.Outcome.JobsLost, 40, 120);
        Assert.InRange(one.Outcome.SpotLosses, one.Outcome.JobsLost, 2 * one.Outcome.JobsLost);
        Assert.InRange(one.Outcome.Reruns, 1, one.Outcome.JobsLost);
        Assert.Equal(200 + one.Outcome.Reruns, one.Outcome.Waits.Count);
        Assert.Equal((one.Outcome.TotalCost, one.Outcome.JobsLost), (same.Outcome.TotalCost, same.Outcome.JobsLost));
        Assert.NotEqual(one.Outcome.TotalCost, other.Outcome.TotalCost);
        Assert.Equal(["on-demand"], WhatIf.Run(Alternative("purchasing: {usageClass: on-demand}"), trace, options).Outcome.Cost.Keys);
    }

    [Fact]
    public void Run_Budget_StopsLaunches_AndJobsGoUnserved()
    {
        var trace = Read(string.Concat(Enumerable.Range(0, 100).Select(job => $"{job * 60},3000,linux\n")));

        var outcome = WhatIf.Run(Alternative("purchasing: {budget: {monthly: '0.5'}}"), trace, Certain).Outcome;

        Assert.InRange(outcome.TotalCost, 0.5m, 1.2m);
        Assert.InRange(outcome.Unserved, 30, 90);
        Assert.Equal(100, outcome.Unserved + outcome.Waits.Count);
    }

    [Fact]
    public void Run_SpotAboveItsLimit_IsBoughtOnDemandAfterTheFallback()
    {
        var outcome = WhatIf.Run(Alternative("purchasing: {maxSpotPrice: '0.001', onDemandFallback: {after: 2m}}"), Read("600,60,linux\n"), Certain).Outcome;

        Assert.Equal(["on-demand"], outcome.Cost.Keys);
        Assert.InRange(outcome.Waits[0], 180, 200);
    }

    [Fact]
    public void Run_JobLongerThanMaxRuntime_IsCut_AndFeesArePaid()
    {
        var outcome = WhatIf.Run(
            Alternative("runner: {maxRuntime: 10m}", "purchasing: {githubPricePerMinute: '0.002'}"), Read("0,3600,linux\n"), Certain).Outcome;

        Assert.Equal(1, outcome.JobsCut);
        Assert.Equal(0.02m, Math.Round(outcome.Cost["github"], 4));
    }

    [Fact]
    public void Run_Reusable_ServesJobAfterJob()
    {
        var trace = Read("0,60,linux\n120,60,linux\n240,60,linux\n");

        Assert.Equal(1, WhatIf.Run(Alternative("runner: {lifecycle: Reusable}"), trace, Certain).Outcome.Machines);
        Assert.Equal(3, WhatIf.Run(Alternative(), trace, Certain).Outcome.Machines);
    }

    [Fact]
    public void Run_JobsOfOtherLabels_AreCountedApart()
    {
        var result = WhatIf.Run(Alternative(), Read("0,60,windows-2025\n0,60,self-hosted LINUX\n0,60,\n"), Certain);

        Assert.Equal((2, 1), (result.Outcome.Jobs, result.Unmatched));
    }

    [Theory]
    [InlineData("github: {demand: LeasesOnly}", "LeasesOnly")]
    [InlineData("capacity: {minIdle: 50, maxRunners: 5}", "minIdle must not be above maxRunners")]
    [InlineData("resourceClassName: none", "create the ResourceClass 'none'")]
    public void Run_UnusablePool_SaysWhatToChange(string change, string expected) => Assert.Contains(
        expected, Assert.Throws<CommandException>(() => WhatIf.Run(Alternative(change), Read("0,60,linux\n"), Certain)).Message, StringComparison.Ordinal);

    [Fact]
    public void Samples_SuggestAndReport_AreWellFormedAndLoadNothing()
    {
        var (pools, _) = WhatIfManifests.Read(File.ReadAllText(Path.Combine(Source.Root, "config/samples/runnerpool-scaleset.yaml")), "runnerpool-scaleset.yaml");
        var (_, classes) = WhatIfManifests.Read(File.ReadAllText(Path.Combine(Source.Root, "config/samples/resourceclass.yaml")), "resourceclass.yaml");
        using var file = File.OpenText(Path.Combine(Source.Root, "config/samples/job-trace.csv"));
        var trace = TraceFile.Read(file, "job-trace.csv", Midnight);
        var alternative = new Alternative("a<b>.yaml", pools, classes);
        var result = WhatIf.Run(alternative, trace, new());

        var found = new Suggestions(trace, new()).Find(alternative, result);
        var report = new WhatIfReport(trace, [result, result with { Name = "other" }], [(alternative.Name, found)], SimulationArguments.Describe(new()));
        var html = WhatIfPage.ToHtml(report);
        var json = JsonNode.Parse(report.ToJson())!;

        Assert.Equal(0, result.Unmatched + result.Outcome.Unserved);
        Assert.All(found, suggestion => Assert.Single(Operator.Common.YamlDocuments.Parse(suggestion.Patch)));
        Assert.True(found[0].Result.Outcome.TotalCost < result.Outcome.TotalCost);
        Assert.Equal((double)result.Outcome.TotalCost, json["results"]![0]!["cost"]!.GetValue<double>(), 0.001);
        Assert.Equal(found.Count, json["suggestions"]!.AsArray().Count);
        Assert.Contains("Wait, median", report.ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("a<b>", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.Equal("svg", XDocument.Parse(WhatIfPicture.Timeline(result)).Root!.Name.LocalName);
        Assert.Equal("svg", XDocument.Parse(WhatIfPicture.Waits(report)).Root!.Name.LocalName);
        Assert.Contains("a<b>.yaml", XDocument.Parse(WhatIfPicture.Costs(report)).Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void BusyHours_AreThoseOfMostJobs() =>
        Assert.Equal(new(8, 2), BusyHours.Find(Read(string.Concat(Enumerable.Range(0, 20).Select(job => $"{(8 * 3600) + (job * 300)},60,\n")) + "0,60,\n")));

    [Fact]
    public async Task GitHub_JobsOfRuns_AreTheTrace_WithoutThoseOfOthers()
    {
        var gitHub = new RecordedRuns();

        var (jobs, leftOut) = await new GitHubTrace(gitHub, labels => labels.Contains("linux")).FetchAsync(
            GitHubTarget.TryParse("https://github.com/my-org", out var target, out _) ? target : throw new InvalidOperationException(), Midnight, Midnight.AddDays(1), mostRuns: 1500, default);

        Assert.Equal(1500, jobs.Count);
        Assert.Equal(900, leftOut);
        Assert.All(jobs, job => Assert.Equal((TimeSpan.FromSeconds(90), "linux"), (job.Duration, Assert.Single(job.Labels))));
        Assert.InRange(gitHub.Lists, 3, 40);
    }

    [Fact]
    public async Task Command_OfTheSamples_PrintsSeveralSideBySide_AndWritesThePage()
    {
        var folder = Directory.CreateTempSubdirectory("what-if");
        try
        {
            var other = Path.Combine(folder.FullName, "other.yaml");
            await File.WriteAllTextAsync(other, (await File.ReadAllTextAsync(Sample("runnerpool-scaleset.yaml"))).Replace("minIdle: 10", "minIdle: 3", StringComparison.Ordinal));
            var page = Path.Combine(folder.FullName, "report.html");

            var (code, output) = await CommandAsync(
                "-f", Sample("runnerpool-scaleset.yaml"), "-f", other, "-f", Sample("resourceclass.yaml"), "--trace", Sample("job-trace.csv"), "--html", page, "--spot-loss", "0");

            Assert.Equal(0, code);
            Assert.Matches(@" +runnerpool-scaleset.yaml +other.yaml\nCost +\$11\.\d\d +\$\d\.\d\d \(-\d\d %\)\n", output);
            Assert.Matches(@"Spot machines lost +0 +0\n", output);
            Assert.Contains("<h2>other.yaml</h2>", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("Give --trace or --github-days", "-f", "pool.yaml")]
    [InlineData("Give --trace or --github-days", "-f", "pool.yaml", "--trace", "x.csv", "--github-days", "3")]
    [InlineData("Give a manifest with --filename", "--trace", "x.csv")]
    [InlineData("pool.yaml: there is no such file", "-f", "pool.yaml", "--trace", "x.csv")]
    [InlineData("--spot-loss 'often' is not a percentage", "-f", "pool.yaml", "--trace", "x.csv", "--spot-loss", "often")]
    [InlineData("--boot-time '2h' is not a duration", "-f", "pool.yaml", "--trace", "x.csv", "--boot-time", "2h")]
    [InlineData("--github-days '100' is not a number of days from 1 to 92", "-f", "pool.yaml", "--github-days", "100")]
    public async Task Command_WrongArguments_AreRefusedInOneLine(string expected, params string[] arguments)
    {
        var (code, output) = await CommandAsync(arguments);

        Assert.Equal(2, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(1, output.Count(character => character == '\n'));
    }

    private static string Sample(string name) => Path.Combine(Source.Root, "config/samples", name);

    private static async Task<(int Code, string Output)> CommandAsync(params string[] arguments)
    {
        var output = new StringWriter();
        return (await CommandLine.RunAsync(new RootCommand { SimulateCommand.Create() }, ["simulate", .. arguments], output, output), output.ToString());
    }

    private static SimulationOptions Certain { get; } = new() { BootTimes = [("*", TimeSpan.FromSeconds(60))], SpotLosses = [("*", 0)] };

    private static JobTrace Read(string text) => TraceFile.Read(new StringReader(text), "day.csv", Midnight);

    private static Alternative Alternative(params string[] changes)
    {
        var spec = new Dictionary<string, string>
        {
            ["github"] = "{url: 'https://github.com/my-org', labels: [linux], credentialsSecretName: github-app}",
            ["capacity"] = "{minIdle: 0, maxRunners: 50}",
            ["launch"] = "{image: {id: ami-00000000}, iamInstanceProfile: ci}",
        };
        foreach (var change in changes.Select(change => change.Split(": ", 2)))
        {
            spec[change[0]] = change[0] == "github" ? spec["github"].Replace("{", "{demand: LeasesOnly, ", StringComparison.Ordinal) : change[1];
        }

        var (pools, classes) = WhatIfManifests.Read(
            $"""
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerPool
            metadata: {"{"}name: linux, namespace: ci{"}"}
            spec:
            {string.Join('\n', spec.Select(field => $"  {field.Key}: {field.Value}"))}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {"{"}name: medium{"}"}
            spec: {"{"}cpu: 2, memory: 4Gi, isDefault: true, instanceTypes: {"{"}allowed: [c6a.large]{"}"}{"}"}
            """,
            "test");
        return new("test", pools, classes);
    }

    /// <summary>One repository with 2,400 runs in a day, of which GitHub lists no more than 1,000 at once.</summary>
    private sealed class RecordedRuns : IGitHubWorkflows
    {
        public int Lists { get; private set; }

        public Task<IReadOnlyList<GitHubRepository>?> ListRepositoriesAsync(GitHubTarget target, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<GitHubRepository>?>([new() { FullName = "my-org/app" }]);

        public Task<IReadOnlyList<GitHubWorkflowRun>> ListCompletedRunsAsync(string repository, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
        {
            Lists++;
            return Task.FromResult<IReadOnlyList<GitHubWorkflowRun>>(
                [.. Enumerable.Range(0, 2400).Where(run => At(run) >= from && At(run) <= to).Take(1000).Select(run => new GitHubWorkflowRun { Id = run + 1 })]);
        }

        public Task<IReadOnlyList<GitHubJob>> ListJobsAsync(string repository, long runId, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<GitHubJob>>(
        [
            new() { Labels = ["linux"], RunnerId = 1, CreatedAt = At((int)runId), StartedAt = At((int)runId).AddSeconds(9), CompletedAt = At((int)runId).AddSeconds(99) },
            new() { Labels = ["ubuntu-latest"], RunnerId = 1, CreatedAt = At((int)runId), StartedAt = At((int)runId), CompletedAt = At((int)runId) },
            new() { Labels = ["linux"], CreatedAt = At((int)runId), StartedAt = At((int)runId), CompletedAt = At((int)runId) },
        ]);

        public Task<IReadOnlyList<GitHubWorkflowRun>> ListRunsAsync(string repository, string status, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<GitHubWorkflowRun?> GetRunAsync(string repository, long runId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<GitHubJob>> ListJobsOfAttemptAsync(string repository, long runId, int attempt, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RequestAsync(string repository, RunRequest request, long id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<GitHubJob?> GetJobAsync(string repository, long jobId, CancellationToken cancellationToken) => throw new NotSupportedException();

        private static DateTimeOffset At(int run) => Midnight.AddSeconds(run * 30);
    }
}
