using Operator.Aws.Groups;
using Operator.Commands.Doctor;
using Operator.Commands.Doctor.Aws;

namespace Operator.Tests.Commands;

public sealed class GroupCheckTests
{
    private static readonly AutoScalingGroup Right = new("group", 0, 10, 1)
    {
        Suspended = ["AZRebalance", "ReplaceUnhealthy"],
        Members = [new("i-1", MemberState.InService, IsHealthy: true, IsProtected: false), new("i-2", MemberState.Standby, IsHealthy: true, IsProtected: false)],
    };

    public static TheoryData<string, string, string> Cases => new()
    {
        { "right", nameof(Outcome.Ok), "group: desired capacity 1, 1 in service, 1 on standby" },
        { "missing", nameof(Outcome.Warning), "group does not exist" },
        { "deleting", nameof(Outcome.Failed), "group is being deleted" },
        { "stopped", nameof(Outcome.Failed), "Launch and Terminate of group are suspended; resume: aws autoscaling resume-processes --auto-scaling-group-name group --scaling-processes Launch Terminate" },
        { "bounds", nameof(Outcome.Warning), "the bounds are 2 and 10 instead of 0 and 10" },
        { "rebalancing", nameof(Outcome.Warning), "capacity rebalancing is on" },
        { "resumed", nameof(Outcome.Warning), "ReplaceUnhealthy is not suspended" },
        { "failing", nameof(Outcome.Warning), "the last launch of group failed: no capacity" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Group_IsJudged(string name, string outcome, string text)
    {
        var group = name switch
        {
            "missing" => null,
            "deleting" => Right with { IsDeleting = true },
            "stopped" => Right with { Suspended = [.. Right.Suspended, "Terminate", "Launch"] },
            "bounds" => Right with { MinSize = 2 },
            "rebalancing" => Right with { ReplacesAtRisk = true },
            "resumed" => Right with { Suspended = ["AZRebalance"] },
            _ => Right,
        };

        var result = GroupCheck.Judge("group", group, maxRunners: 10, name == "failing" ? "no capacity" : null);

        Assert.Equal(outcome, result.Outcome.ToString());
        Assert.Contains(text, result.Text, StringComparison.Ordinal);
    }
}
