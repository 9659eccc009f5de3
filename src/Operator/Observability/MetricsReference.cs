using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Aws.Groups;
using Operator.Aws.Offerings;
using Operator.Demand;
using Operator.Demand.Webhooks;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.LeaseApi;
using Operator.Leases;
using Operator.Ownership;
using Operator.Reruns;
using Operator.Runtime.LeaderElection;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Observability;

/// <summary>Generates the metrics reference from the instruments themselves.</summary>
internal static class MetricsReference
{
    private const string Head = """
        # Metrics

        <!-- Made by `operator metrics --output docs/metrics.md`: change the instruments, not this page. -->

        Every replica serves `/metrics` on the port of health (8080), in Prometheus' text format or in OpenMetrics if
        requested. The chart brings a `ServiceMonitor` or `PodMonitor`, a
        [dashboard](../charts/ec2runners/files/dashboards/overview.json) and
        [alerts](../charts/ec2runners/files/rules/ec2runners.yaml), each with a [runbook](runbooks/README.md): set
        `metrics.*` in [its values](../charts/ec2runners/README.md).

        Gauges read from a cache (`ec2runners_pool_*`) are the same on every replica: use `max by (namespace, pool)`.
        Counters come from the leader: use `sum`. Series used by alerts start at 0. No label contains an id, so the number
        of series grows only with the number of pools, and with the instance types that EC2 refuses; series of a deleted
        pool are removed 10 to 20 minutes later. In OpenMetrics, counts and durations of traced work have the trace id as
        an exemplar.

        The cost of a machine is its hourly price at launch times its hours; `ec2runners_cost_dollars_total` grows while it
        runs. `ec2runners_pool_hourly_cost_dollars` is the current hourly cost of live machines, and
        `ec2runners_pool_cost_dollars` is what the pool's status reports for today and this month.

        """;

    /// <summary>The page.</summary>
    public static string Write()
    {
        var instruments = new OperatorMetrics().Instruments;
        using var connections = new GitHubConnections(TimeProvider.System, NullLogger<GitHubConnections>.Instance);
        CreateInstruments(instruments, connections);
        var text = new StringBuilder(Head);
        foreach (var room in instruments.All.OrderBy(BaseName, StringComparer.Ordinal).GroupBy(RoomOf).OrderBy(room => room.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {room.Key}\n\n| name | type | labels | meaning |\n|---|---|---|---|\n");
            foreach (var instrument in room)
            {
                var labels = string.Join(", ", instrument.LabelNames.Select(label => $"`{label}`"));
                text.Append(CultureInfo.InvariantCulture, $"| `{instrument.Name}` | {KindOf(instrument)} | {labels} | {instrument.Help} |\n");
            }
        }

        return text.ToString();
    }

    private static void CreateInstruments(Instruments instruments, GitHubConnections connections)
    {
        var time = TimeProvider.System;
        var outcomes = new LeaseOutcomes(instruments);
        _ = new DemandMetrics(instruments, time);
        _ = new WebhookMetrics(instruments);
        _ = new LeaseApiMetrics(instruments);
        _ = new InterruptionMetrics(instruments);
        _ = new LifecycleMetrics(instruments, outcomes, TimeProvider.System);
        _ = new CostMetrics(instruments, time, byWorkflow: true);
        _ = new OfferingFailures(instruments);
        _ = new BuyingMetrics(instruments, time);
        _ = new GroupMetrics(instruments);
        _ = new GroupLaunchFailures(instruments);
        _ = new CountedEvents(new Silence(), outcomes, new Leadership(TimeProvider.System), instruments);
        _ = new OrphanReport(instruments, new Silence(), NullLogger<OrphanReport>.Instance);
        _ = new PoolMetrics(instruments, new ObjectStore<V1Alpha1RunnerPool>(), new ObjectStore<V1Alpha1RunnerLease>());
        GitHubMetrics.AddTo(instruments, connections);
        InformerMetrics.AddTo(instruments, [], TimeProvider.System);
        ProcessMetrics.AddTo(instruments, () => false);
    }

    private static string BaseName(Collector instrument) =>
        instrument.Name.EndsWith("_total", StringComparison.Ordinal) ? instrument.Name[..^"_total".Length] : instrument.Name;

    private static string KindOf(Collector instrument) => instrument switch { Counter => "counter", Histogram => "histogram", _ => "gauge" };

    private static string RoomOf(Collector instrument) => BaseName(instrument)[OperatorMetrics.Prefix.Length..].Split('_')[0] switch
    {
        _ when instrument.Name.StartsWith("process_", StringComparison.Ordinal) => "Process",
        "api" or "github" => "Calls to other services",
        "demand" or "webhook" => "Demand",
        "controller" or "workqueue" or "informer" or "loop" => "Controllers",
        "build" or "leader" or "events" => "Operator",
        "pool" or "auto" => "Pools",
        _ => "Runners",
    };

    private sealed class Silence : IEventRecorder
    {
        public void Publish(IKubernetesObject about, EventType type, string reason, string message)
        {
        }
    }
}
