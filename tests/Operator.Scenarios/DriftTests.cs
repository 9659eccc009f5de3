namespace Operator.Scenarios;

/// <summary>Idle machines are replaced after changes of class and purchasing, as after a change of the launch template: replacement first.</summary>
public sealed class DriftTests
{
    [Theory]
    [InlineData("class", "c6i.large", "c6a.xlarge")]
    [InlineData("usageClass", "spot", "on-demand")]
    public async Task Change_OfWhatIsBought_ReplacesIdleMachines_NeverLeavesNone_AndEnds(string change, string before, string after)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2);
        await scenario.UntilIdleAsync(2);
        Assert.All(scenario.Living, machine => Assert.Equal(before, Shown(machine, change)));

        if (change == "class")
        {
            scenario.World.Apply("""
                apiVersion: ec2runners.dev/v1alpha1
                kind: ResourceClass
                metadata: {name: medium}
                spec: {cpu: 4, memory: 8Gi, disk: 30Gi, isDefault: true}
                """);
        }
        else
        {
            scenario.PatchPool("""{"purchasing": {"usageClass": "on-demand"}}""");
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(("True", "RollingOut"), scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready") is { } ready ? (ready.Status, ready.Reason) : default);
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                Assert.NotEqual(0, scenario.Leases("Idle"));
                return scenario.Living.All(machine => Shown(machine, change) == after);
            },
            TimeSpan.FromMinutes(10), "machines as the pool wants them");
        await scenario.UntilIdleAsync(2);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(4, scenario.World.Aws.Instances.Count);
        Assert.Equal("Ready", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
        Assert.Contains(scenario.Events, told => told.Reason == "Drifted");
        await scenario.UntilTidyAsync();
    }

    // A wider class is met by what is there.
    [Fact]
    public async Task Change_ThatMachinesStillMeet_ReplacesNothing()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2);
        await scenario.UntilIdleAsync(2);

        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: medium}
            spec: {cpu: 1, memory: 2Gi, disk: 30Gi, isDefault: true}
            """);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(2, scenario.World.Aws.Instances.Count);
    }

    private static string Shown(Simulator.Aws.Ec2.Instances.InstanceSnapshot machine, string change) => change == "class" ? machine.InstanceType : machine.UsageClass;
}
