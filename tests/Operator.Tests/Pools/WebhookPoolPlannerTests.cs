using Operator.Aws.LaunchTemplates;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Settings;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Pools;

/// <summary>
/// How the available of a pool and the leases that webhooks ask for get along. Leases are written as <c>name:made/runs</c>, with
/// <c>!</c> after an idle one.
/// </summary>
public sealed class WebhookPoolPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "job-1:1/", "", "")] // a queued job: its lease is enough
    [InlineData(1, "job-1:1/", "runners-0", "")] // and the available stays what it was
    [InlineData(1, "0:/! job-1:1/", "", "")]
    [InlineData(1, "0:/1 job-1:1/", "", "")] // the available's runner took it: the new one takes its place
    [InlineData(0, "0:/1 job-1:1/", "", "job-1")] // the new one is not needed: the launch is withdrawn
    [InlineData(0, "0:/1 job-1:1/!", "", "job-1")] // too late for that: idle, and over its time
    [InlineData(0, "job-1:/", "", "job-1")] // cancelled while it was queued
    [InlineData(0, "job-1:/!", "", "job-1")]
    [InlineData(0, "job-1:1/!", "", "")] // GitHub is about to give it its job
    [InlineData(0, "job-1:1/2 job-2:1/", "", "")] // swapped: one job runs, one waits
    [InlineData(0, "job-1:1/ 0:/", "", "0")] // not the one that a job waits for, though it is newer
    [InlineData(2, "job-1:1/ job-2:2/ job-3:3/ job-4:4/", "", "")] // maxRunners are there: no available beside them
    [InlineData(0, "job-1:1/2 job-2:2/3 job-3:3/4 job-4:1/! job-5:5/", "", "")] // one job more than machines: the free one is for it
    public void Plan_StockAndJobs_CountsAreExact(int minIdle, string leases, string creates, string deletes)
    {
        var demand = new WebhookDemandFixture();
        demand.AddPool();
        foreach (var lease in leases.Split(' ').Select(Lease))
        {
            demand.Api.Put(lease);
        }

        var settings = Settings(minIdle, maxRunners: 4);
        var plan = RunnerPoolPlanner.Plan(new(settings, [.. demand.Api.Leases], demand.Jobs(), new HashSet<string>(), RolloutBudget: 0, Now));

        Assert.Equal(creates, string.Join(' ', plan.Creates));
        Assert.Equal(deletes, string.Join(' ', plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name)));
    }

    // The runner 1 serves already on the new template; the other one is on an older one.
    [Theory]
    [InlineData(1, "0:/! 1:/!", "0")]
    [InlineData(0, "job-1:1/! 1:/!", "")] // GitHub is about to give it its job
    public void Plan_TemplateHasChanged_RenewsWhatNoJobWaitsFor(int minIdle, string leases, string deletes)
    {
        var demand = new WebhookDemandFixture();
        demand.AddPool();
        foreach (var lease in leases.Split(' ').Select(Lease))
        {
            lease.Status!.Launch = new() { TemplateHash = lease.Metadata.Name == "1" ? "hash" : "old" };
            lease.Status.IdleSince = Now.AddMinutes(-1);
            demand.Api.Put(lease);
        }

        var plan = RunnerPoolPlanner.Plan(new(Settings(minIdle, maxRunners: 4), [.. demand.Api.Leases], demand.Jobs(), new HashSet<string>(), RolloutBudget: 1, Now));

        Assert.Equal(deletes, string.Join(' ', plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name)));
    }

    [Fact]
    public void Plan_OtherDemand_LabelsFromBeforeHoldNothingBack()
    {
        var settings = Settings(minIdle: 0, maxRunners: 4) with { Demand = DemandSource.ScaleSet };

        var plan = RunnerPoolPlanner.Plan(new(settings, [Lease("job-1:1/")], AssignedJobs: 0, new HashSet<string>(), RolloutBudget: 0, Now));

        Assert.Single(plan.Deletes);
    }

    private static PoolSettings Settings(int minIdle, int maxRunners) => new()
    {
        Key = new("default", "runners"),
        Uid = "uid",
        Labels = ["linux"],
        Demand = DemandSource.Webhook,
        MinIdle = minIdle,
        MaxRunners = maxRunners,
        Times = PoolValidation.TimesOf(new RunnerSpec()),
        Template = new LaunchTemplateRef("lt-1", "t", "1", "hash"),
    };

    private static V1Alpha1RunnerLease Lease(string text)
    {
        var parts = text.TrimEnd('!').Split(':', '/');
        return new()
        {
            Metadata = new()
            {
                Name = parts[0],
                NamespaceProperty = "default",
                Uid = parts[0],
                Labels = parts[1].Length > 0 ? new() { [Entities.Labels.Job] = parts[1] } : null,
                CreationTimestamp = Now.AddMinutes(parts[0].Contains("job", StringComparison.Ordinal) ? -1 : -2),
            },
            Spec = new() { PoolName = "runners" },
            Status = new()
            {
                Job = parts[2].Length > 0 ? new() { Id = parts[2] } : null,
                IdleSince = text.EndsWith('!') ? Now.AddHours(-1) : null,
            },
        };
    }
}
