using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Operator.Leases;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>What logs and traces tell of a life.</summary>
public sealed class StoryTests
{
    [Fact]
    public async Task Log_OfAWorldAtRest_HasNoLine()
    {
        await using var scenario = await Scenario.StartAsync();
        var log = await LineCollector.StartOperatorAsync(scenario);
        scenario.ApplyPool(minIdle: 2);
        await scenario.UntilIdleAsync(2);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        Assert.NotEmpty(log.Lines);

        log.Lines.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));

        Assert.Empty(log.Lines.Select(line => line.Text));
    }

    [Fact]
    public async Task Log_OfALife_HasALineForEachThing_WithPoolLeaseAndInstance()
    {
        await using var scenario = await Scenario.StartAsync();
        var log = await LineCollector.StartOperatorAsync(scenario);
        await ServeOneJobAsync(scenario);

        var machine = scenario.World.Aws.Instances[0].Id;
        var life = log.Lines.Where(line => line.Fields.GetValueOrDefault("Instance") == machine).ToList();
        Assert.All(life, line => Assert.Equal(Scenario.Pool, line.Fields["Pool"]));
        Assert.All(life, line => Assert.StartsWith("default/", line.Fields["Lease"], StringComparison.Ordinal));
        foreach (var begin in new[] { "Launch ", "Register ", "Runner ", "Job ", "Lease ", "RemoveFinalizer " })
        {
            Assert.True(life.Exists(line => line.Text.StartsWith(begin, StringComparison.Ordinal)), begin + string.Join('\n', life.Select(line => line.Text)));
        }

        Assert.Equal(log.Lines.Count, log.Lines.Select(line => line.Text).Distinct(StringComparer.Ordinal).Count());
    }

    // Who looks for what is wrong looks for warnings: nothing is.
    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    [InlineData("LeasesOnly")]
    public async Task Log_FromStartToDeletion_WarnsOfNothing(string demand)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        var log = await LineCollector.StartOperatorAsync(scenario);
        scenario.ApplyPool(minIdle: 1, demand);
        await scenario.UntilIdleAsync(1);
        if (demand == "LeasesOnly")
        {
            scenario.ApplyLease("held", "4711");
        }

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [demand == "LeasesOnly" ? "4711" : "linux"], TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        if (demand == "LeasesOnly")
        {
            scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "held");
        }

        scenario.DeletePool();
        await scenario.UntilEmptyAsync();

        Assert.NotEmpty(log.Lines);
        Assert.Empty(log.Lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text));
        Assert.Empty(log.Lines.Where(line => line.Text.Contains("(null)", StringComparison.Ordinal)).Select(line => line.Text));
    }

    [Fact]
    public async Task RefusedLaunch_IsToldOnce_HoweverOftenItIsTried()
    {
        await using var scenario = await Scenario.StartAsync(new() { EnforceRequestBuckets = false, SpotVcpuQuota = 0, OnDemandVcpuQuota = 0 });
        var log = await LineCollector.StartOperatorAsync(scenario);
        scenario.ApplyPool(minIdle: 1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));

        var refused = Assert.Single(log.Lines, line => line.Text.Contains("was refused", StringComparison.Ordinal));
        Assert.Equal("QuotaExceeded", refused.Fields["Reason"]);
        var metrics = await scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
        var count = metrics.Split('\n').Single(line => line.StartsWith("ec2runners_launch_failures_total{", StringComparison.Ordinal) && line.Contains("cause=\"QuotaExceeded\"", StringComparison.Ordinal)).Split(' ')[1];
        Assert.True(double.Parse(count, System.Globalization.CultureInfo.InvariantCulture) > 3, count);
    }

    [Fact]
    public async Task Life_IsOneTrace_AcrossARestart()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LeaseTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var scenario = await Scenario.StartAsync(seed: 4711); // no other world of this process has the same UIDs
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var lease = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));
        var (name, trace) = (lease["metadata"]!["name"]!.GetValue<string>(), LeaseTraces.IdOf(lease["metadata"]!["uid"]!.GetValue<string>()));

        await scenario.KillOperatorAsync();
        await scenario.StartOperatorAsync();
        await RunAJobAsync(scenario);
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.Get("runnerleases", "default", name)?["metadata"]?["uid"]?.GetValue<string>() != lease["metadata"]!["uid"]!.GetValue<string>(),
            TimeSpan.FromMinutes(10), "the lease gone");

        var life = spans.Where(span => span.TraceId == trace).ToList();
        var names = life.Select(span => span.OperationName).ToList();
        Assert.All(new[] { "wait", "launch", "register", "mailbox", "boot", "job", "drain", "lease" }, step => Assert.Contains(step, names));
        Assert.Equal(name, life.First(span => span.OperationName == "launch").GetTagItem("ec2runners.lease"));
        var register = Assert.Single(life, span => span is { OperationName: "register", Status: not ActivityStatusCode.Error }); // an earlier one finds no scale set yet
        Assert.Equal(register.SpanId, Assert.Single(life, span => span.OperationName == "mailbox").ParentSpanId);
        var whole = Assert.Single(life, span => span.OperationName == "lease");
        Assert.All(life, span => Assert.InRange(span.StartTimeUtc, whole.StartTimeUtc, whole.StartTimeUtc + whole.Duration));
        Assert.InRange(Assert.Single(life, span => span.OperationName == "job").Duration, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(4));
    }

    private static async Task ServeOneJobAsync(Scenario scenario)
    {
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        await RunAJobAsync(scenario);
        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
    }

    private static async Task RunAJobAsync(Scenario scenario)
    {
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(1), "a busy lease");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 0, TimeSpan.FromMinutes(10), "the job is over");
    }
}
