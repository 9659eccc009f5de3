using Operator.Leases;
using Operator.Ownership;
using Operator.Tests.Leases;

namespace Operator.Tests.Ownership;

public sealed class OrphanEndPlannerTests
{
    private static readonly OrphanObservation Found = new(
        Some.Now, StopSentAt: null, CommandState.Unknown, PoolRegistrations.NotQueried, OrphanEndPlanner.LimitOf(TimeSpan.FromHours(1)), Some.Now.AddSeconds(20));

    private static readonly OrphanObservation Told = Found with
    {
        StopSentAt = Some.Now.AddSeconds(20),
        Registrations = PoolRegistrations.Removed,
        Now = Some.Now.AddSeconds(20) + LeaseTimings.StopGrace,
    };

    [Fact]
    public void Plan_GitHubHasNotAnswered_WaitsForIt_ThoughNotForLong()
    {
        Assert.Equal(OrphanStep.Wait, OrphanEndPlanner.Plan(Found));
        Assert.Equal(OrphanStep.SendStop, OrphanEndPlanner.Plan(Found with { Now = Some.Now + OrphanEndPlanner.AnswerGrace }));
    }

    [Theory]
    [InlineData(PoolRegistrations.Unknown)]
    [InlineData(PoolRegistrations.Busy)]
    [InlineData(PoolRegistrations.Removed)]
    internal void Plan_NothingToWaitFor_TellsItToStop(PoolRegistrations registrations) =>
        Assert.Equal(OrphanStep.SendStop, OrphanEndPlanner.Plan(Found with { Registrations = registrations }));

    [Theory]
    [InlineData(CommandState.Unknown, OrphanStep.ReadMailbox)]
    [InlineData(CommandState.Unread, OrphanStep.Terminate)]
    [InlineData(CommandState.Taken, OrphanStep.Wait)]
    internal void Plan_ToldLongAgo_IsTerminatedOnlyIfItDidNotTakeTheOrder(CommandState command, OrphanStep step)
    {
        Assert.Equal(step, OrphanEndPlanner.Plan(Told with { Command = command }));
        Assert.Equal(OrphanStep.Wait, OrphanEndPlanner.Plan(Told with { Command = command, Now = Told.Now.AddSeconds(-1) }));
    }

    // For a hung machine only GitHub knows that it runs no job.
    [Theory]
    [InlineData(PoolRegistrations.NotQueried)]
    [InlineData(PoolRegistrations.Unknown)]
    [InlineData(PoolRegistrations.Busy)]
    internal void Plan_MayRunAJob_IsNotTerminatedBeforeItsLimit(PoolRegistrations registrations)
    {
        foreach (var command in Enum.GetValues<CommandState>())
        {
            for (var now = Some.Now; now < Some.Now + Told.Limit; now = now.AddMinutes(1))
            {
                Assert.DoesNotContain("Terminate", $"{OrphanEndPlanner.Plan(Told with { Registrations = registrations, Command = command, Now = now })}", StringComparison.Ordinal);
            }

            Assert.Equal(
                OrphanStep.TerminateAtLimit,
                OrphanEndPlanner.Plan(Told with { Registrations = registrations, Command = command, Now = Some.Now + Told.Limit }));
        }
    }

    // A host that answers ends its job by itself, at the maxRuntime of its lease.
    [Fact]
    public void Plan_HostHasAnswered_LimitCountsFromThere()
    {
        var answered = Told with { Registrations = PoolRegistrations.Busy, Command = CommandState.Taken, AnsweredAt = Some.Now.AddHours(6), StopSentAt = Some.Now.AddHours(12) };

        Assert.Equal(OrphanStep.Wait, OrphanEndPlanner.Plan(answered with { Now = Some.Now.AddHours(12) }));
        Assert.Equal(OrphanStep.TerminateAtLimit, OrphanEndPlanner.Plan(answered with { Now = Some.Now.AddHours(6) + Told.Limit }));
    }

    [Fact]
    public void Plan_ToldLongAgo_IsToldAgain() =>
        Assert.Equal(OrphanStep.SendStop, OrphanEndPlanner.Plan(Told with { Command = CommandState.Taken, Now = Told.StopSentAt!.Value + OrphanEndPlanner.StopAgain }));

    [Fact]
    public void LimitOf_IsLongerThanAnyJobOfThePool()
    {
        Assert.Equal(TimeSpan.FromHours(6.25), OrphanEndPlanner.LimitOf(maxRuntime: null));
        Assert.Equal(TimeSpan.FromHours(6.25), OrphanEndPlanner.LimitOf(TimeSpan.FromHours(1)));
        Assert.Equal(TimeSpan.FromHours(24.25), OrphanEndPlanner.LimitOf(TimeSpan.FromHours(24)));
    }
}
