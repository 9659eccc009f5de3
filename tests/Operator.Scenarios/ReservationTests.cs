using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Ec2.Reservations;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Reserved capacity is used first, and is never in the way.</summary>
[Trait("Pace", "Slow")]
public sealed class ReservationTests
{
    private const string First = "cr-0123456789abcdef0";
    private const string Second = "cr-0123456789abcdef1";
    private const string Block = "cr-0123456789abcdef2";

    // Of five jobs three find a reserved machine, in two reservations; the others get what the pool buys otherwise.
    [Fact]
    public async Task Burst_ReservedSlotsFirst_TheRestAsUsual_AndNoSlotTwice()
    {
        await using var scenario = await StartAsync(purchasing: $"usageClass: spot, capacityReservations: [{{id: {First}}}, {{tags: {{team: ci}}}}]");
        scenario.World.Aws.PutReservation(new(First, "m7a.large", "eu-central-1a", 2));
        scenario.World.Aws.PutReservation(new(Second, "m7a.large", "eu-central-1b", 1) { Tags = new Dictionary<string, string> { ["team"] = "ci" } });
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        for (var job = 0; job < 5; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(5));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 5, TimeSpan.FromMinutes(1), "five machines");

        Assert.Equal([First, First, Second], scenario.Living.Select(instance => instance.CapacityReservationId).OfType<string>().Order(StringComparer.Ordinal));
        Assert.Equal(2, scenario.Living.Count(instance => instance.UsageClass == "spot"));
        Assert.Equal(["reserved", "reserved", "reserved", "spot", "spot"], Bought(scenario).Order(StringComparer.Ordinal));
        Assert.Equal(3, Leases(scenario).Count(lease => lease["status"]?["instance"]?["hourlyPrice"]?.ToString() == "0"));
        Assert.Null(scenario.ConditionOf("runnerpools", Scenario.Pool, "ReservationsUsable"));
        await scenario.UntilServedAsync();
        await scenario.UntilTidyAsync();
    }

    // Somebody else has taken the slot since EC2 was asked: the job does not notice.
    [Fact]
    public async Task ReservationIsFull_BuysOtherwiseInTheSameMoment_AndComesBackToIt()
    {
        await using var scenario = await StartAsync($"usageClass: spot, capacityReservations: [{{id: {First}}}]");
        var reservation = new SimulatedReservation(First, "m7a.large", "eu-central-1a", 1);
        scenario.World.Aws.PutReservation(reservation);
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        scenario.World.Aws.PutReservation(reservation with { TakenByOthers = 1 });
        var begun = scenario.World.Clock.GetUtcNow();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));

        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(1), "a machine");
        Assert.Equal("spot", scenario.Living[0].UsageClass);
        Assert.InRange(scenario.World.Clock.GetUtcNow() - begun, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        await scenario.UntilServedAsync();

        scenario.World.Aws.PutReservation(reservation);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Any(instance => instance.CapacityReservationId == First), TimeSpan.FromMinutes(5), "the reserved machine");
    }

    [Fact]
    public async Task ReservedOnly_Full_Waits_SaysWhy_AndBuysNothingElse()
    {
        await using var scenario = await StartAsync($"usageClass: reserved, capacityReservations: [{{id: {First}}}]", minIdle: 2);
        scenario.World.Aws.PutReservation(new(First, "m7a.large", "eu-central-1a", 1));
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(First, Assert.Single(scenario.World.Aws.Instances).CapacityReservationId);
        var starved = scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable");
        Assert.Equal(("False", "InsufficientCapacity"), (starved?.Status, starved?.Reason));
        Assert.Contains("capacityReservations", starved?.Message, StringComparison.Ordinal);

        scenario.World.Aws.PutReservation(new(First, "m7a.large", "eu-central-1a", 2));
        await scenario.UntilIdleAsync(2);
    }

    // The process dies after EC2 has launched and before it could say so: the next one finds the machine, and that it is reserved, and does not buy another.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task KilledAroundTheLaunch_NextProcessFindsTheReservedMachine(bool isAnswerLost)
    {
        await using var scenario = await StartAsync($"usageClass: spot, capacityReservations: [{{id: {First}}}]", minIdle: 1);
        scenario.World.Aws.PutReservation(new(First, "m7a.large", "eu-central-1a", 1));
        if (isAnswerLost)
        {
            scenario.World.Aws.Faults.On("ec2:RunInstances").LoseAnswer().Times(1);
            await scenario.StartOperatorAsync();
        }
        else
        {
            var gate = new CallGate { KillWhen = (call, _) => call == "aws RunInstances", KillAfterEffect = true };
            await scenario.StartOperatorAsync(gate);
            await scenario.Driver.RunUntilAsync(() => gate.IsDead, TimeSpan.FromMinutes(5), "the process dead");
            await scenario.KillOperatorsAsync();
            await scenario.StartOperatorAsync();
        }

        await scenario.UntilIdleAsync(1);

        Assert.Equal(First, Assert.Single(scenario.World.Aws.Instances).CapacityReservationId);
        Assert.Equal(["reserved"], Bought(scenario));
        await scenario.UntilTidyAsync();
    }

    // The block ends at four o'clock, so to say: a job of an hour may begin until 2:25. The idle machine makes way for one elsewhere before, and the job that runs is not cut.
    [Fact]
    public async Task CapacityBlock_IsUsedWhileAJobFits_AndLeftInTime()
    {
        await using var scenario = await StartAsync($"usageClass: on-demand, capacityReservations: [{{id: {Block}}}]", minIdle: 1);
        var end = scenario.World.Clock.GetUtcNow().AddHours(4);
        scenario.World.Aws.PutReservation(new(Block, "m7a.large", "eu-central-1a", 2) { IsBlock = true, EndsAt = end });
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        var reserved = Assert.Single(scenario.Living);
        Assert.Equal(Block, reserved.CapacityReservationId);
        await scenario.Driver.RunForAsync(end.AddMinutes(-100) - scenario.World.Clock.GetUtcNow());
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(55));

        await scenario.Driver.RunForAsync(end.AddMinutes(5) - scenario.World.Clock.GetUtcNow());

        Assert.Equal(JobOutcome.Succeeded, Assert.Single(scenario.World.GitHub.Jobs).Outcome);
        Assert.All(scenario.World.Aws.Instances.Where(instance => instance.CapacityReservationId == Block), instance =>
        {
            Assert.NotEqual(InstanceEnd.Failure, instance.EndedBy); // none was left for EC2 to end
            Assert.InRange(instance.EndedAt ?? DateTimeOffset.MaxValue, DateTimeOffset.MinValue, end.AddMinutes(-30));
        });
        Assert.All(scenario.Living, instance => Assert.Null(instance.CapacityReservationId));
        Assert.NotEmpty(scenario.Living);
        Assert.Contains(scenario.Events, told => told.Reason == "CapacityBlockEnds");
    }

    [Theory]
    [InlineData("unknown", "ReservationNotFound", "no capacity reservation cr-0123456789abcdef0 in eu-central-1")]
    [InlineData("tags", "ReservationNotFound", "tags [team=web]")]
    [InlineData("expired", "ReservationUnusable", "is expired")]
    [InlineData("platform", "ReservationUnusable", "is for Windows")]
    [InlineData("type", "ReservationUnusable", "which the pool's class does not allow")]
    [InlineData("denied", "AccessDenied", "DescribeCapacityReservations")]
    public async Task Unusable_IsACondition_JobsAreServedAllTheSame_AndTheRepairIsSeen(string what, string reason, string message)
    {
        await using var scenario = await StartAsync(what == "tags" ? "capacityReservations: [{tags: {team: web}}]" : $"capacityReservations: [{{id: {First}}}]", minIdle: 1);
        var good = new SimulatedReservation(First, "m7a.large", "eu-central-1a", 1) { Tags = new Dictionary<string, string> { ["team"] = "web" } };
        if (what is "expired" or "platform" or "type")
        {
            scenario.World.Aws.PutReservation(what == "expired" ? good with { State = "expired" } : what == "platform" ? good with { Platform = "Windows" } : good with { InstanceType = "t3.large" });
        }

        if (what == "denied")
        {
            scenario.World.Aws.PutReservation(good);
            scenario.World.Aws.Faults.On("ec2:DescribeCapacityReservations").Error(403, "UnauthorizedOperation");
        }

        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);

        var problem = scenario.ConditionOf("runnerpools", Scenario.Pool, "ReservationsUsable");
        Assert.Equal(("False", reason), (problem?.Status, problem?.Reason));
        Assert.Contains(message, problem?.Message, StringComparison.Ordinal);
        Assert.Single(scenario.Events, told => told.Reason == reason);
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Status);

        scenario.World.Aws.Faults.Clear();
        scenario.World.Aws.PutReservation(good);
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "ReservationsUsable") is null, TimeSpan.FromMinutes(6), "the condition is gone");
    }

    private static async Task<Scenario> StartAsync(string purchasing, int minIdle = 0)
    {
        var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle, extra: $"purchasing: {{ {purchasing} }}");
        return scenario;
    }

    private static IEnumerable<JsonNode> Leases(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleases", "default");

    private static IEnumerable<string> Bought(Scenario scenario) => Leases(scenario).Select(lease => lease["status"]?["instance"]?["usageClass"]?.ToString()).OfType<string>();
}
