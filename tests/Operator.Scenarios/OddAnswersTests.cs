using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>What GitHub's scale-set service answers oddly costs no job, no session, and no machines without end.</summary>
public sealed class OddAnswersTests
{
    private const string Undelivered = "JobsDelivered";

    public static TheoryData<int, string> OddPolls => new() { { 200, "" }, { 200, "null" }, { 200, "{}" }, { 200, "<html>proxy</html>" }, { 204, "" }, { 502, "" }, { 503, "away" } };

    [Theory]
    [MemberData(nameof(OddPolls))]
    public async Task PollsWithoutAMessage_TheSessionStays_AndTheJobIsServed(int status, string body)
    {
        await using var scenario = await OpenAsync();
        scenario.World.GitHubFaults.On("github:GetMessage").Answer(status, body).Times(20);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1)); // the poll that waits now ends first

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();
        Assert.Equal(1, scenario.World.GitHubCalls.Count("github:CreateSession"));
    }

    // A message with wrong numbers, and then no more messages.
    [Fact]
    public async Task JobAssignedBesideNumbersThatSayNone_IsServed()
    {
        await using var scenario = await OpenAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        scenario.World.GitHubFaults.On("github:GetMessage").Answer(200, """
            {"messageId":1,"messageType":"RunnerScaleSetJobMessages","statistics":{"totalAssignedJobs":0},"body":"[{\"messageType\":\"JobAssigned\",\"runnerRequestId\":1}]"}
            """).Times(1);
        await scenario.UntilServedAsync();
    }

    [Fact]
    public async Task AssignedJobsThatDoNotExist_GetNoMachinesWithoutEnd_AndAreSaid()
    {
        await using var scenario = await OpenAsync();
        scenario.World.GitHub.ScaleSets.MissingJobs = 3;
        await scenario.Driver.RunForAsync(TimeSpan.FromHours(2));

        var said = scenario.ConditionOf("runnerpools", Scenario.Pool, Undelivered);
        Assert.Equal(("False", "JobsNotDelivered"), (said?.Status, said?.Reason));
        Assert.Contains("delivers to no runner", said!.Value.Message, StringComparison.Ordinal);
        Assert.Single(scenario.Events, item => item.Reason == "JobsNotDelivered");
        Assert.InRange(scenario.World.Aws.Instances.Count, 1, 3);
        Assert.InRange(scenario.Living.Count, 0, 1);

        // Real jobs among them are still served, even if no machine is left.
        for (var i = 0; i < 4; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        }

        await scenario.UntilServedAsync();
        scenario.World.GitHub.ScaleSets.MissingJobs = 0;
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, Undelivered) is null && scenario.Living.Count == 0, TimeSpan.FromMinutes(20), "the numbers agree");
        Assert.Null(scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["undelivered"]);
    }

    [Fact]
    public async Task PoolWithoutATemplate_AnnouncesNoCapacity_AndAllOfItAfterTheRepair()
    {
        await using var scenario = await OpenAsync();
        await scenario.Driver.RunUntilAsync(() => Capacity(scenario) == 5, TimeSpan.FromMinutes(5), "all capacity");
        scenario.PatchPool("""{"launch": {"subnets": {"tags": {"ec2runners.dev:discovery": "none"} } } }""");
        await scenario.Driver.RunUntilAsync(() => Capacity(scenario) == 0, TimeSpan.FromMinutes(5), "no capacity");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));

        scenario.PatchPool("""{"launch": {"subnets": {"tags": {"ec2runners.dev:discovery": "true"} } } }""");
        await scenario.Driver.RunUntilAsync(() => Capacity(scenario) == 5, TimeSpan.FromMinutes(1), "all capacity again");
        await scenario.UntilServedAsync();
    }

    [Fact]
    public async Task PoolWhoseLaunchesFail_AnnouncesNoMoreThanItHas_AndAllOfItAfterTheRepair()
    {
        await using var scenario = await OpenAsync();
        scenario.World.Aws.Faults.On("ec2:CreateFleet").Error(403, "UnauthorizedOperation");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => Capacity(scenario) == 0, TimeSpan.FromMinutes(10), "no capacity");

        scenario.World.Aws.Faults.Clear();
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => Capacity(scenario) == 5, TimeSpan.FromMinutes(5), "all capacity again");
    }

    private static async Task<Scenario> OpenAsync()
    {
        var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, runner: "idleTimeout: 2m");
        await scenario.UntilOpenAsync();
        return scenario;
    }

    private static int Capacity(Scenario scenario) => Assert.Single(scenario.World.GitHub.ScaleSets.All).MaxCapacity;
}
