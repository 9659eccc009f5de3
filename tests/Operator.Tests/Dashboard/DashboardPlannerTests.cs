using System.Text.Json;
using Operator.Dashboard;

namespace Operator.Tests.Dashboard;

public sealed class DashboardPlannerTests
{
    private static readonly string[] Phases = ["Pending", "Launching", "Booting", "Registering", "Idle", "Leased", "Busy", "Draining", "Offline"];

    [Fact]
    public void Plan_CountsEachLeaseOnce_ByState()
    {
        var leases = Phases.Select((phase, number) => Shown.Lease($"linux-{number}", phase)).Append(Shown.Lease("linux-9", phase: null)).ToList();

        var view = DashboardPlanner.Plan(Shown.Seen([Shown.Pool()], leases));

        Assert.Equal(new StateCounts(Waiting: 3, Booting: 2, Idle: 1, Leased: 1, Busy: 1, Draining: 1, Offline: 1), view.Totals.Runners);
        Assert.Equal((10, 10), (view.Totals.Runners.Total, view.Pools.Single().Runners.Total));
    }

    [Fact]
    public void Plan_Totals_AreTheSumsOfThePools()
    {
        var pools = new[]
        {
            Shown.Pool(change: pool => (pool.Status!.Waiting, pool.Status.Cost) = (3, new() { Today = "1.5", ThisMonth = "20", AsOf = Shown.At(-10) })),
            Shown.Pool("arm", change: pool => (pool.Status!.Waiting, pool.Status.Conditions) = (2, [Shown.Condition("Ready", "False", "NoLabels")])),
        };
        var leases = new[] { Shown.Running("linux-0", "Busy"), Shown.Running("linux-1"), Shown.Running("arm-0", "Busy", "arm") };

        var view = DashboardPlanner.Plan(Shown.Seen(pools, leases));

        Assert.Equal((2, 1, 5, 2, 3), (view.Totals.Pools, view.Totals.NotReady, view.Totals.WaitingJobs, view.Totals.RunningJobs, view.Totals.Machines));
        Assert.Equal(0.18m, view.Totals.Cost.PerHour);
        Assert.Equal(view.Pools.Sum(pool => pool.Cost.Today), view.Totals.Cost.Today);
        Assert.Equal(["arm", "linux"], view.Pools.Select(pool => pool.Name)); // what is not ready comes first

        // Two machines for ten minutes since the pool's last settlement.
        Assert.Equal(1.52m, view.Pools[1].Cost.Today);
        Assert.Equal(20.02m, view.Pools[1].Cost.ThisMonth);
    }

    [Fact]
    public void Plan_MachinesByTypeZoneAndUsageClass_MostFirst_WithoutThoseThatAreGoneOrHandedOver()
    {
        var leases = new[]
        {
            Shown.Running("a"), Shown.Running("b", "Busy"),
            Shown.Running("c", change: lease => lease.Status!.Instance!.Zone = "eu-central-1b"),
            Shown.Running("d", change: lease => lease.Status!.Instance!.GoneAt = Shown.At(-1)),
            Shown.Running("e", change: lease => lease.Spec.Holder = new() { Kind = "RunnerLease", Name = "f", Uid = "f" }),
        };

        var machines = DashboardPlanner.Plan(Shown.Seen([Shown.Pool()], leases)).Machines;

        Assert.Equal([new("c6a.xlarge", "eu-central-1a", "spot", 2, 1, 0.12m), new("c6a.xlarge", "eu-central-1b", "spot", 1, 0, 0.06m)], machines);
    }

    [Fact]
    public void Plan_WithFiveThousandRunners_StaysSmall()
    {
        var pools = Enumerable.Range(0, 100).Select(number => Shown.Pool($"pool-{number}")).ToList();
        var leases = Enumerable.Range(0, 5000).Select(number => Shown.Running($"pool-{number % 100}-{number / 100}", number % 3 == 0 ? "Busy" : "Idle", $"pool-{number % 100}")).ToList();
        var seen = Shown.Seen(pools, leases);

        var bytes = JsonSerializer.SerializeToUtf8Bytes(DashboardPlanner.Plan(seen), DashboardJson.Default.DashboardView).Length;
        var page = RunnersPlanner.Page(seen, new());

        Assert.True(bytes < 100_000, $"{bytes}");
        Assert.Equal((5000, 100), (page.Total, page.Runners.Count));
        Assert.True(JsonSerializer.SerializeToUtf8Bytes(page, DashboardJson.Default.RunnersPage).Length < 100_000);
    }

    [Fact]
    public void Plan_ManyPoolsMachinesAndEvents_LeavesOutAndSaysHowMany()
    {
        var pools = Enumerable.Range(0, 350).Select(number => Shown.Pool($"pool-{number}")).ToList();
        var leases = Enumerable.Range(0, 250).Select(number => Shown.Running($"a-{number}", change: lease => lease.Status!.Instance!.Type = $"t{number}.large")).ToList();
        var events = Enumerable.Range(0, 400).Select(number => Happened(number, isWarning: number < 50)).ToList();

        var view = DashboardPlanner.Plan(Shown.Seen(pools, leases, JournalSnapshot.Empty with { Events = events }));

        Assert.Equal((300, 50, 200, 50), (view.Pools.Count, view.MorePools, view.Machines.Count, view.MoreMachines));
        Assert.Equal(DashboardPlanner.MaxEvents, view.Events.Count);
        Assert.Equal(DashboardPlanner.MaxEvents / 2, view.Events.Count(happened => happened.IsWarning)); // though all others are newer
        Assert.Equal(350, view.Totals.Pools);
    }

    [Fact]
    public void Plan_LongMessage_IsCut()
    {
        var pool = Shown.Pool(change: pool => pool.Status!.Conditions = [Shown.Condition("Ready", "False", "Refused", new string('x', 5000))]);

        Assert.Equal(400, DashboardPlanner.Plan(Shown.Seen([pool], [])).Pools.Single().Message!.Length);
    }

    [Fact]
    public void Detail_HasConditionsLostJobsAndThePoolsOwnEvents()
    {
        var pool = Shown.Pool(change: pool => pool.Status!.LostJobs = [new() { RunnerName = "r", RunId = "1", Repository = "my-org/app", LostAt = Shown.At(-5), Reason = "SpotInterrupted" }]);
        var journal = JournalSnapshot.Empty with { Events = [Happened(1), Happened(2) with { Pool = "other" }] };

        var detail = DashboardPlanner.Detail(pool, Shown.Seen([pool], [Shown.Running("linux-0")], journal));

        Assert.Equal(("Ready", "my-org/app", 1), (detail.Conditions.Single().Type, detail.LostJobs.Single().Repository, detail.Pool.LostJobs));
        Assert.Equal("linux", Assert.Single(detail.Events).Pool);
    }

    private static EventView Happened(int number, bool isWarning = false) => new(Shown.At(number), isWarning, "RunnerLease", "default", $"linux-{number}", "linux", "Launched", "");
}
