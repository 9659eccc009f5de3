using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Observability;
using Operator.Runtime;
using Operator.Runtime.Informers;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Tests.Observability;

public sealed class CostMetricsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Instruments _instruments = new();
    private readonly ObjectStore<V1Alpha1RunnerLease> _leases = new();
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly CostMetrics _metrics;

    public CostMetricsTests()
    {
        _metrics = new(_instruments, _clock, byWorkflow: true);
        _pools.Set(new() { Metadata = { NamespaceProperty = "ci", Name = "linux" }, Spec = { Purchasing = { GitHubPricePerMinute = "0.01" } } });
    }

    [Fact]
    public async Task Scrape_RunningMachine_GrowsByTheHour_AndTheEndAddsTheRest()
    {
        using var term = _metrics.Lead(_leases, _pools);
        var lease = Put(Lease("i-1"));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0.25, await SpotAsync());
        Assert.Equal(0.25, await SpotAsync());
        _clock.Advance(TimeSpan.FromHours(2));
        _metrics.Observe(lease, after: null);
        _leases.Remove(NamespacedName.From(lease));

        Assert.Equal(0.75, await SpotAsync());
    }

    [Fact]
    public async Task Scrape_WithoutATerm_CountsNothing_AndANewOneBeginsThen()
    {
        Put(Lease("i-1"));
        _clock.Advance(TimeSpan.FromHours(5));
        Assert.Equal(0, await SpotAsync());
        using (_metrics.Lead(_leases, _pools))
        {
            _clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal(0.25, await SpotAsync());
        }

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0.25, await SpotAsync());
    }

    [Fact]
    public async Task Job_CostsUnderItsWorkflow_WithGitHubsFee_IdleTimeDoesNot()
    {
        using var term = _metrics.Lead(_leases, _pools);
        var idle = Put(Lease("i-1"));
        _clock.Advance(TimeSpan.FromHours(1));
        var busy = Put(Lease("i-1", idle.Status!.Instance!.LaunchedAt, "build"));
        _metrics.Observe(idle, busy);
        _clock.Advance(TimeSpan.FromHours(1));
        var done = Put(Lease("i-1", idle.Status.Instance.LaunchedAt));
        _metrics.Observe(busy, done);
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(0.75, await SpotAsync());
        Assert.Equal(0.6, await ValueAsync("""cost_github_dollars_total{namespace="ci",pool="linux"}"""), precision: 6);
        Assert.Equal(0.85, await ValueAsync("""cost_workflow_dollars_total{namespace="ci",pool="linux",repository="my-org/app",workflow="build"}"""), precision: 6);
    }

    [Fact]
    public async Task Workflows_BeyondTheBound_AreOther()
    {
        using var term = _metrics.Lead(_leases, _pools);
        for (var number = 0; number < CostMetrics.MaxWorkflows + 50; number++)
        {
            Put(Lease($"i-{number}", job: $"workflow-{number}"));
        }

        _clock.Advance(TimeSpan.FromHours(1));
        var text = await _instruments.TextAsync();

        Assert.Equal(CostMetrics.MaxWorkflows + 1, text.Split('\n').Count(line => line.StartsWith("cost_workflow_dollars_total{", StringComparison.Ordinal)));
        Assert.Equal(50 * 0.85, await ValueAsync("""cost_workflow_dollars_total{namespace="ci",pool="linux",repository="other",workflow="other"}"""), precision: 6);
    }

    private Task<double> SpotAsync() => ValueAsync("""cost_dollars_total{namespace="ci",pool="linux",usage_class="spot"}""");

    private async Task<double> ValueAsync(string series) =>
        (await _instruments.TextAsync()).Split('\n').Where(line => line.StartsWith(series, StringComparison.Ordinal))
            .Select(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)).SingleOrDefault();

    private V1Alpha1RunnerLease Put(V1Alpha1RunnerLease lease)
    {
        _leases.Set(lease);
        return lease;
    }

    private V1Alpha1RunnerLease Lease(string instance, DateTimeOffset? launched = null, string? job = null) => new()
    {
        Metadata = { NamespaceProperty = "ci", Name = instance },
        Spec = new() { PoolName = "linux" },
        Status = new()
        {
            Instance = new() { Id = instance, UsageClass = "spot", HourlyPrice = "0.25", LaunchedAt = launched ?? _clock.GetUtcNow() },
            Job = job is null ? null : new() { Id = job, Repository = "my-org/app", Workflow = job, StartedAt = _clock.GetUtcNow() },
        },
    };
}
