using Operator.Entities.RunnerLeases;
using Operator.Pools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

/// <summary>Idle machines that are too old, or of an older template: replacement first.</summary>
public sealed class RenewalPlannerTests
{
    private static readonly Action<V1Alpha1RunnerLease> Old = lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddHours(-12);
    private static readonly Action<V1Alpha1RunnerLease> Outdated = lease => lease.Status!.Launch!.TemplateHash = "older";
    private static readonly Action<V1Alpha1RunnerLease> Elsewhere = lease => lease.Status!.Launch!.Region = "us-east-1";
    private static readonly Action<V1Alpha1RunnerLease> InAnotherAccount = lease => lease.Status!.Launch!.AssumeRoleArn = "arn:aws:iam::210987654321:role/runners";

    [Theory]
    [InlineData("Expired", nameof(Old))]
    [InlineData("Drifted", nameof(Outdated))]
    [InlineData("Drifted", nameof(Elsewhere))]
    [InlineData("Drifted", nameof(InAnotherAccount))]
    public void Plan_MachineToRenew_GoesOnlyWhenItsReplacementServes(string reason, string how)
    {
        var old = Some.Idle("linux-0", how switch
        {
            nameof(Old) => Old,
            nameof(Outdated) => Outdated,
            nameof(Elsewhere) => Elsewhere,
            _ => InAnotherAccount,
        });

        var first = PlanOf(minIdle: 1, old);
        var booting = PlanOf(minIdle: 1, old, Some.Launched("linux-1"));
        var ready = PlanOf(minIdle: 1, old, Some.Idle("linux-1"));

        Assert.Equal(("linux-1", 0), (Assert.Single(first.Creates), first.Deletes.Count));
        Assert.Equal((0, 0), (booting.Creates.Count, booting.Deletes.Count));
        Assert.Equal((0, reason, "linux-0"), (ready.Creates.Count, Assert.Single(ready.Deletes).Reason, ready.Deletes[0].Lease.Metadata.Name));
    }

    [Theory]
    [InlineData(-60, -30, true)] // launched an hour ago, rotation requested half an hour ago
    [InlineData(-30, -60, false)]
    [InlineData(-60, 30, false)] // requested in advance
    [InlineData(-60, 0, true)]
    public void Difference_MachineFromBeforeTheRotation_IsNamed(int launchedMinutes, int rotationMinutes, bool differs)
    {
        var lease = Some.Idle("linux-0", lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(launchedMinutes));
        var settings = Some.Pool with { RotateAt = Some.Now.AddMinutes(rotationMinutes) };

        var difference = RenewalPlanner.Difference(lease, settings, Some.Now);

        Assert.Equal(differs, difference?.StartsWith("idle since before the rotation of ", StringComparison.Ordinal) == true);
        Assert.Equal(differs, difference is not null);
    }

    // Another machine has the time to boot before this one may begin no job any more.
    [Theory]
    [InlineData(106, false)]
    [InlineData(104, true)]
    public void Due_CapacityBlockAboutToEnd_IsRenewedABootAhead(int endsAfterMinutes, bool isDue)
    {
        var lease = Some.Idle(change: lease => lease.Status!.Instance!.ReservedUntil = Some.Now.AddMinutes(endsAfterMinutes));

        var due = RenewalPlanner.Due(new(Some.Pool, [lease], 0, new HashSet<string>(), 1, Some.Now), [lease]);

        Assert.Equal(isDue ? ["CapacityBlockEnds"] : Array.Empty<string>(), due.Select(one => one.Reason));
    }

    [Fact]
    public void Plan_FullPool_RenewsOneMachineAfterTheOther()
    {
        V1Alpha1RunnerLease[] full = [.. Enumerable.Range(0, 10).Select(number => Some.Idle($"linux-{number}", Old))];

        Assert.Equal("Expired", Assert.Single(PlanOf(minIdle: 10, full).Deletes).Reason);
        Some.Delete(full[0]);
        Assert.Empty(PlanOf(minIdle: 10, full).Deletes);
    }

    [Fact]
    public void Plan_PausedPool_RenewsNothing() =>
        Assert.Empty(RunnerPoolPlanner.Plan(Observed(minIdle: 1, Some.Idle("linux-0", Old), Some.Idle("linux-1")) with
        {
            Settings = Some.Pool with { MinIdle = 2, IsPaused = true },
        }).Deletes);

    [Fact]
    public void Plan_BusyOrHeldMachineOfAnyAge_Stays() => Assert.Empty(
        PlanOf(minIdle: 0, Some.Busy("linux-0", Old), Some.Idle("linux-1", Old + Some.Hold)).Deletes);

    [Fact]
    public void Plan_YoungMachines_ComesBackWhenTheFirstIsDue()
    {
        var due = PlanOf(minIdle: 2, Some.Idle("linux-0", lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddHours(-10)), Some.Idle("linux-1")).RequeueAfter;

        Assert.InRange(due!.Value, TimeSpan.FromMinutes(48), TimeSpan.FromHours(2));
    }

    // Machines that were launched in one call would otherwise all be renewed in one moment.
    [Fact]
    public void RenewAt_OfManyMachinesOfOneLaunch_IsSpread()
    {
        var ages = Enumerable.Range(0, 50)
            .Select(number => Some.Idle($"linux-{number}", Old))
            .Select(lease => Operator.Leases.MachineAge.RenewAt(lease, PoolValidation.TimesOf(new()))!.Value - lease.Status!.Instance!.LaunchedAt!.Value)
            .ToList();

        Assert.All(ages, age => Assert.InRange(age, TimeSpan.FromHours(10.8), TimeSpan.FromHours(12)));
        Assert.True(ages.Distinct().Count() > 30);
    }

    // Played on until nothing changes: whatever is renewed, as many machines serve as before.
    [Fact]
    public void Plan_PlayedToItsEnd_NeverServesWithFewerThanWanted() => Some.ForManySeeds(random =>
    {
        var minIdle = random.Next(1, 5);
        List<V1Alpha1RunnerLease> leases =
            [.. Enumerable.Range(0, minIdle).Select(number => Some.Idle($"linux-{number}", random.Pick([Old, Outdated, Elsewhere, _ => { }])))];
        for (var round = 0; round < 40; round++)
        {
            var plan = PlanOf(minIdle, [.. leases]);
            if (plan.Creates.Count + plan.Deletes.Count == 0)
            {
                break;
            }

            leases.RemoveAll(lease => plan.Deletes.Any(deletion => deletion.Lease == lease));
            Assert.True(leases.Count >= minIdle);
            leases.AddRange(plan.Creates.Select(name => Some.Idle(name)));
            Assert.True(leases.Count <= minIdle * 2);
        }

        Assert.Equal(minIdle, leases.Count);
        Assert.DoesNotContain(leases, lease => lease.Status!.Launch!.TemplateHash == "older" || lease.Status.Instance!.LaunchedAt < Some.Now.AddHours(-1));
    });

    private static RunnerPoolPlan PlanOf(int minIdle, params V1Alpha1RunnerLease[] leases) => RunnerPoolPlanner.Plan(Observed(minIdle, leases));

    private static RunnerPoolObservation Observed(int minIdle, params V1Alpha1RunnerLease[] leases) =>
        new(Some.Pool with { MinIdle = minIdle }, leases, AssignedJobs: 0, new HashSet<string>(), RolloutBudget: 1, Some.Now);
}
