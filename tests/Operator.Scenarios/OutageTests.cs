using Microsoft.Extensions.Logging;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>An API server outage of minutes is logged as one warning and one line at its end, regardless of what needs it.</summary>
[Trait("Pace", "Slow")]
public sealed class OutageTests
{
    [Theory]
    [InlineData("503")]
    [InlineData("cut")]
    [InlineData("silent")]
    public async Task ApiServerIsAway_ForMinutes_WithWorkUnderWay_IsOneWarningAndOneRecovery(string how)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.LeaderElect = true;
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 2, maxRunners: 30);
        scenario.ApplyPool(minIdle: 1, "Webhook", maxRunners: 30, name: "hooked", labels: "hooked");
        scenario.ApplyPool(minIdle: 1, "LeasesOnly", name: "held", labels: "held");
        var log = await LineCollector.StartOperatorAsync(scenario); // later than its pools: a pool that is seen before its class is a warning
        await scenario.UntilIdleAsync(4);
        QueueJobs(scenario);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(40));
        Assert.DoesNotContain(log.Lines, line => line.Level > LogLevel.Information);

        var away = scenario.World.KubernetesFaults.On("kubernetes:*");
        _ = how switch
        {
            "503" => away.Error(503, "ServiceUnavailable"),
            "cut" => away.Cut(),
            _ => away.Delay(TimeSpan.FromHours(1)),
        };
        for (var minute = 0; minute < 6; minute++)
        {
            QueueJobs(scenario);
            await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
        }

        scenario.World.KubernetesFaults.Clear();
        await scenario.UntilServedAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        var lines = log.Lines.Where(line => line.Level > LogLevel.Information || line.Text.Contains("API server", StringComparison.Ordinal)).Select(line => $"{line.Level} {line.Text}").ToList();
        Assert.True(lines.Count == 2, string.Join('\n', lines));
        Assert.StartsWith("Warning The API server has been unavailable since", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Information The API server is available again after 3", lines[1], StringComparison.Ordinal); // 360 s and the time to the next try
    }

    private static void QueueJobs(Scenario scenario)
    {
        foreach (var label in new[] { "linux", "hooked" })
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [label], TimeSpan.FromMinutes(2));
        }
    }
}
