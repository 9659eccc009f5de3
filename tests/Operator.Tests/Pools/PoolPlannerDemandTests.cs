using Operator.Aws.LaunchTemplates;
using Operator.Entities.RunnerLeases;
using Operator.Pools;
using Operator.Settings;

namespace Operator.Tests.Pools;

/// <summary>The number of runners for the jobs reported by the pool's demand.</summary>
public sealed class PoolPlannerDemandTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(5);

    public enum Kind
    {
        /// <summary>A machine launched a second ago.</summary>
        JustLaunched,

        /// <summary>No machine yet.</summary>
        Pending,

        /// <summary>A machine on its way.</summary>
        Booting,

        /// <summary>Idle for a minute.</summary>
        Idle,

        /// <summary>Idle for longer than the timeout.</summary>
        IdleLong,
        Busy,

        /// <summary>A message has reported its job as completed; its status does not contain it yet.</summary>
        Finished,
        Held,
        Draining,
    }

    [Theory]
    [InlineData(0, 10, 0, 0)]
    [InlineData(0, 10, 3, 3)]
    [InlineData(2, 10, 3, 5)]
    [InlineData(2, 4, 9, 4)]
    [InlineData(2, 10, null, 2)]
    public void EmptyPool_MakesMinIdleAndAssigned_UpToMaxRunners(int minIdle, int maxRunners, int? assigned, int made) =>
        Assert.Equal(made, Plan(minIdle, maxRunners, assigned).Creates.Count);

    [Theory]

    // A running job is one of those assigned: its runner is there already.
    [InlineData(2, new[] { Kind.Busy }, 1)]
    [InlineData(1, new[] { Kind.Busy }, 0)]

    // Requeued and assigned again: the booting machine is still usable.
    [InlineData(1, new[] { Kind.Booting }, 0)]
    [InlineData(1, new[] { Kind.Idle }, 0)]

    // A finished runner serves no job; nor does a held or draining one.
    [InlineData(1, new[] { Kind.Finished }, 1)]
    [InlineData(1, new[] { Kind.Held }, 1)]
    [InlineData(1, new[] { Kind.Draining }, 1)]
    [InlineData(2, new[] { Kind.Finished, Kind.Booting }, 1)]
    public void Assigned_CountsOnlyRunnersThatCanServe(int assigned, Kind[] there, int made)
    {
        var plan = Plan(minIdle: 0, maxRunners: 10, assigned, there);
        Assert.Equal(made, plan.Creates.Count);
        Assert.Empty(plan.Deletes);
    }

    [Fact]
    public void FewerAssigned_LaunchesNotAskedForGoBack_NewestFirst()
    {
        var plan = Plan(minIdle: 0, maxRunners: 10, assigned: 2, Kind.Busy, Kind.Pending, Kind.Pending, Kind.Pending);
        Assert.Equal(["p-3", "p-2"], plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name));
        Assert.All(plan.Deletes, deletion => Assert.Equal("NotNeeded", deletion.Reason));
    }

    [Fact]
    public void FewerAssigned_MachinesThatBootForLongGoNext_NewestFirst()
    {
        var plan = Plan(minIdle: 0, maxRunners: 10, assigned: 1, Kind.Busy, Kind.Pending, Kind.Booting, Kind.Booting, Kind.Idle);
        Assert.Equal(["p-1", "p-3", "p-2"], plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name));
        Assert.All(plan.Deletes, deletion => Assert.Equal("NotNeeded", deletion.Reason));
    }

    [Fact]
    public void FewerAssigned_AMachineThatBoots_IsKeptForTheNextJob()
    {
        var plan = Plan(minIdle: 0, maxRunners: 10, assigned: 0, Kind.JustLaunched);
        Assert.Empty(plan.Deletes);
        Assert.Equal(IdleTimeout - TimeSpan.FromSeconds(1), plan.RequeueAfter);
    }

    [Fact]
    public void FewerAssigned_IdleRunnersGoAfterTheTimeout_AndMinIdleStay()
    {
        var plan = Plan(minIdle: 1, maxRunners: 10, assigned: 0, Kind.IdleLong, Kind.IdleLong, Kind.Idle);
        Assert.Equal(["p-0", "p-1"], plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name));
        Assert.Equal(IdleTimeout - TimeSpan.FromMinutes(1), Plan(0, 10, 0, Kind.Idle).RequeueAfter);
    }

    [Fact]
    public void BusyRunners_NeverGo_WhateverTheNumberSays() =>
        Assert.Empty(Plan(minIdle: 0, maxRunners: 1, assigned: 0, Kind.Busy, Kind.Busy).Deletes);

    [Fact]
    public void UnknownDemand_LetsNothingGo()
    {
        var plan = Plan(minIdle: 0, maxRunners: 10, assigned: null, Kind.Pending, Kind.Booting, Kind.IdleLong);
        Assert.Empty(plan.Deletes);
        Assert.Empty(plan.Creates);
    }

    [Fact]
    public void FinishedRunner_DoesNotTakeTheMachineThatBootsForAnotherJob() =>
        Assert.Empty(Plan(minIdle: 0, maxRunners: 10, assigned: 1, Kind.Finished, Kind.Booting).Deletes);

    private static RunnerPoolPlan Plan(int minIdle, int maxRunners, int? assigned, params Kind[] there)
    {
        var leases = there.Select((kind, slot) => Lease(kind, slot)).ToList();
        var finished = leases.Where((_, slot) => there[slot] == Kind.Finished).Select(lease => lease.Metadata.Name!).ToHashSet();
        var settings = new PoolSettings
        {
            Key = new("default", "p"),
            Uid = "uid",
            Labels = ["linux"],
            MinIdle = minIdle,
            MaxRunners = maxRunners,
            Times = new(TimeSpan.FromHours(1), TimeSpan.FromHours(12), IdleTimeout, TimeSpan.FromMinutes(10), TimeSpan.FromHours(6)),
            Template = new LaunchTemplateRef("lt-1", "name", "1", "hash"),
        };
        return RunnerPoolPlanner.Plan(new(settings, leases, assigned, finished, RolloutBudget: 1, Now));
    }

    private static V1Alpha1RunnerLease Lease(Kind kind, int slot) => new()
    {
        Metadata = new()
        {
            Name = $"p-{slot}",
            NamespaceProperty = "default",
            CreationTimestamp = Now.AddMinutes(slot - 20),
            DeletionTimestamp = kind == Kind.Draining ? Now : null,
        },
        Spec = new() { PoolName = "p", Holder = kind == Kind.Held ? new() { Kind = "User" } : null },
        Status = new()
        {
            Launch = new() { TemplateHash = "hash" },
            Instance = kind == Kind.Pending ? null : new() { Id = $"i-{slot}", LaunchedAt = kind == Kind.JustLaunched ? Now.AddSeconds(-1) : Now.AddMinutes(-15) },
            Job = kind is Kind.Busy or Kind.Finished ? new() { Id = $"{slot}" } : null,
            IdleSince = kind switch
            {
                Kind.Idle => Now.AddMinutes(-1),
                Kind.IdleLong => Now.AddMinutes(slot - 10),
                _ => null,
            },
        },
    };
}
