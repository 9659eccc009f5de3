using Operator.Tests.Shared;

namespace Operator.Scenarios;

/// <summary>Every code that EC2 may refuse a launch with: a condition with its reason, and a machine as soon as EC2 gives one.</summary>
[Trait("Pace", "Slow")]
public sealed class LaunchErrorTests
{
    public static TheoryData<string> Reasons => new(Ec2Codes.ByReason.Keys);

    // In the rows of a fleet that is a success on the wire, and as the answer to the whole call.
    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task EveryCode_IsACondition_AndRecovers(string reason)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, maxRunners: 60);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        var runners = 1;
        foreach (var code in Ec2Codes.ByReason[reason])
        {
            foreach (var isRow in new[] { true, false })
            {
                var fault = scenario.World.Aws.Faults.On("ec2:CreateFleet");
                _ = isRow ? fault.Row(code, Ec2Codes.MessageFor(reason)) : fault.Error(StatusOf(reason), code, Ec2Codes.MessageFor(reason));
                var lease = $"{Scenario.Pool}-{runners}";
                scenario.PatchPool($$"""{"capacity": {"minIdle": {{++runners}} } }""");
                await scenario.Driver.RunUntilAsync(
                    () => scenario.ConditionOf("runnerleases", lease, "Launched") is { } launched && launched.Status == "False" && launched.Reason == reason,
                    TimeSpan.FromMinutes(1), $"{reason} for {code}");

                scenario.World.Aws.Faults.Clear();
                await scenario.UntilIdleAsync(runners);
                Assert.Equal(runners, scenario.Living.Count);
            }
        }

        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable")?.Status);
    }

    private static int StatusOf(string reason) => reason is "Throttled" or "AwsUnavailable" ? 503 : reason is "AccessDenied" ? 403 : 400;
}
