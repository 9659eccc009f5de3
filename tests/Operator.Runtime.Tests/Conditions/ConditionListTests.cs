using Operator.Runtime.Conditions;

namespace Operator.Runtime.Tests.Conditions;

public sealed class ConditionListTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Then.AddHours(1).AddMilliseconds(7);

    [Fact]
    public void Set_NewCondition_IsAddedInWholeSeconds()
    {
        List<V1Condition> list = [];

        Assert.True(ConditionList.Set(list, "Ready", "True", "Fine", "All is well.", 3, Now));
        var condition = Assert.Single(list);
        Assert.Equal(("Ready", "True", "Fine", "All is well.", 3L), (condition.Type, condition.Status, condition.Reason, condition.Message, condition.ObservedGeneration!.Value));
        Assert.Equal(Then.AddHours(1), condition.LastTransitionTime);
    }

    [Fact]
    public void Set_StatusChanged_MovesTheTransitionTime()
    {
        List<V1Condition> list = [Ready("True")];

        Assert.True(ConditionList.Set(list, "Ready", "False", "Fine", "m", 1, Now));
        Assert.Equal(Then.AddHours(1), list[0].LastTransitionTime);
    }

    [Theory]
    [InlineData("Other", "m", 1)]
    [InlineData("Fine", "other", 1)]
    [InlineData("Fine", "m", 2)]
    public void Set_AnythingElseChanged_KeepsTheTransitionTime(string reason, string message, long generation)
    {
        List<V1Condition> list = [Ready("True")];

        Assert.True(ConditionList.Set(list, "Ready", "True", reason, message, generation, Now));
        Assert.Equal(Then, list[0].LastTransitionTime);
    }

    [Fact]
    public void Set_NothingChanged_SaysSo() =>
        Assert.False(ConditionList.Set([Ready("True")], "Ready", "True", "Fine", "m", 1, Now));

    [Fact]
    public void Set_SharedCondition_IsReplacedNotChanged()
    {
        var shared = Ready("True");
        List<V1Condition> copy = [shared];

        ConditionList.Set(copy, "Ready", "False", "Broken", "n", 2, Now);

        Assert.Equal(("True", "Fine"), (shared.Status, shared.Reason));
        Assert.Equal("False", copy[0].Status);
    }

    [Fact]
    public void IsTrue_UnknownOrMissing_IsFalse()
    {
        Assert.True(ConditionList.IsTrue([Ready("True")], "Ready"));
        Assert.False(ConditionList.IsTrue([Ready("Unknown")], "Ready"));
        Assert.False(ConditionList.IsTrue([Ready("True")], "Launched"));
        Assert.False(ConditionList.IsTrue(null, "Ready"));
    }

    private static V1Condition Ready(string status) =>
        new() { Type = "Ready", Status = status, Reason = "Fine", Message = "m", ObservedGeneration = 1, LastTransitionTime = Then };
}
