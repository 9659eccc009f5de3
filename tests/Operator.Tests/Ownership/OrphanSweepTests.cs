using Operator.Leases;

namespace Operator.Tests.Ownership;

public sealed class OrphanSweepTests
{
    [Fact]
    public async Task Instance_InOneListing_IsLeftAlone()
    {
        var world = await OrphanWorld.CreateAsync("i-1");

        await world.SweepAsync();
        world.Cached.Set(OrphanWorld.LeaseOf("i-1"));
        await world.SweepAsync();
        world.Cached.Remove(new("ci", "of-i-1"));
        await world.SweepAsync();

        Assert.Empty(world.Calls);
        Assert.Empty(world.Events);
    }

    [Fact]
    public async Task Instance_WhoseLeaseTheCacheDoesNotHaveYet_IsLeftAlone()
    {
        var world = await OrphanWorld.CreateAsync("i-1");
        world.Stored.Add(OrphanWorld.LeaseOf("i-1"));

        await world.SweepAsync(5);

        Assert.Empty(world.Calls);
    }

    [Fact]
    public async Task Instance_RegistrationGoesFirst_ThenItIsTold_ThenCountedWhenItIsGone()
    {
        var world = await OrphanWorld.CreateAsync("i-1");
        world.Register(1);

        await world.SweepAsync(3);
        Assert.Equal(["deregister 1", "Stop i-1"], world.Calls);
        Assert.Equal(["OrphanedRegistration", "OrphanedInstance"], world.Events);
        Assert.Equal(0, world.Removed["instance"]);

        world.Machines.Clear();
        await world.SweepAsync(2);
        Assert.Equal((1, 1), (world.Removed["instance"], world.Removed["registration"]));
    }

    [Fact]
    public async Task Instance_DoesNotTakeItsOrder_IsTerminated()
    {
        var world = await OrphanWorld.CreateAsync("i-1");

        await world.SweepAsync(2);
        world.Pass(LeaseTimings.StopGrace);
        await world.SweepAsync(2);

        Assert.Equal(["Stop i-1", "terminate i-1"], world.Calls);
        Assert.Equal(1, world.Removed["instance"]);
        Assert.Empty(world.Unread);
    }

    [Fact]
    public async Task Instance_HasTakenItsOrder_IsLeftToItsJob_AndToldAgainNowAndThen()
    {
        var world = await OrphanWorld.CreateAsync("i-1");
        await world.SweepAsync(2);
        world.Unread.Clear();

        for (var hour = 0; hour < 6; hour++)
        {
            world.Pass(TimeSpan.FromMinutes(59));
            await world.SweepAsync(3);
            world.Unread.Clear();
        }

        Assert.Equal(7, world.Calls.Count);
        Assert.All(world.Calls, call => Assert.Equal("Stop i-1", call));
        Assert.Equal(["OrphanedInstance"], world.Events);
    }

    [Fact]
    public async Task Instance_LivesBeyondItsLimit_IsTerminatedAndThatIsSaid()
    {
        var world = await OrphanWorld.CreateAsync("i-1");
        world.Register(1, busy: true);
        await world.SweepAsync(3);

        world.Pass(TimeSpan.FromHours(7));
        await world.SweepAsync();

        Assert.Equal("terminate i-1", world.Calls[^1]);
        Assert.Equal("OrphanDeadline", world.Events[^1]);
    }

    [Fact]
    public async Task Instances_OneFails_OthersGo_AndEachCauseIsReportedOnce()
    {
        var world = await OrphanWorld.CreateAsync("i-1", "i-2", "i-3");
        world.Failures["Stop i-1"] = "AccessDenied";
        await world.SweepAsync(4);
        Assert.Equal(["i-2", "i-3"], world.Unread.Order());

        world.Failures["Stop i-1"] = "Throttled";
        await world.SweepAsync(4);
        world.Failures.Clear();
        await world.SweepAsync();

        Assert.Contains("i-1", world.Unread);
        Assert.Single(world.Events, reason => reason == "AccessDenied");
        Assert.Single(world.Events, reason => reason == "Throttled");
        Assert.Equal(3, world.Events.Count(reason => reason == "OrphanedInstance"));
    }

    // Without the right, all of them stay: that is one thing to repair, and one warning.
    [Fact]
    public async Task ManyFailForOneCause_IsReportedOnce()
    {
        var world = await OrphanWorld.CreateAsync([.. Enumerable.Range(1, 50).Select(number => $"i-{number}")]);
        for (var number = 1; number <= 50; number++)
        {
            world.Failures[$"Stop i-{number}"] = "AccessDenied";
            world.Register(number);
            world.Failures[$"deregister {number}"] = "GitHubForbidden";
        }

        await world.SweepAsync(20);

        Assert.Single(world.Events, reason => reason == "AccessDenied");
        Assert.Single(world.Events, reason => reason == "GitHubForbidden");
    }

    [Fact]
    public async Task Instance_CannotBeTerminated_IsReportedOnce_ThoughItIsToldAgainInBetween()
    {
        var world = await OrphanWorld.CreateAsync("i-1");
        world.Failures["terminate i-1"] = "AwsRefused";

        await world.SweepAsync(120);

        Assert.True(world.Calls.Count(call => call == "Stop i-1") > 2);
        Assert.Single(world.Events, reason => reason == "AwsRefused");
    }

    [Fact]
    public async Task Instances_GitHubDoesNotAnswerForARegistration_WaitALittle_ThenAreTold()
    {
        var world = await OrphanWorld.CreateAsync("i-1");
        world.Register(1);
        world.Failures["deregister 1"] = "GitHubServerError";

        await world.SweepAsync(5);
        Assert.Empty(world.Unread);
        await world.SweepAsync(5);

        Assert.Contains("i-1", world.Unread);
        world.Pass(LeaseTimings.StopGrace);
        await world.SweepAsync();
        Assert.Contains("i-1", world.Machines);
        Assert.Single(world.Events, reason => reason == "GitHubServerError");
    }

    [Fact]
    public async Task Registration_Busy_IsAskedForAgainOnlyWhenGitHubListsItOtherwise()
    {
        var world = await OrphanWorld.CreateAsync();
        world.Register(1, busy: true);
        world.Register(2);

        await world.SweepAsync(10);
        Assert.Equal(["deregister 1", "deregister 2"], world.Calls);
        world.Register(1);
        await world.SweepAsync(3);

        Assert.Equal(["deregister 1", "deregister 2", "deregister 1"], world.Calls);
        Assert.Equal(["OrphanedRegistration", "OrphanedRegistration"], world.Events);
        Assert.Equal(2, world.Removed["registration"]);
    }

    [Fact]
    public async Task Registrations_OneFails_OthersGo()
    {
        var world = await OrphanWorld.CreateAsync();
        world.Register(1);
        world.Register(2);
        world.Failures["deregister 1"] = "GitHubServerError";

        await world.SweepAsync(5);

        Assert.Equal([1L], world.Runners.Keys);
        Assert.Single(world.Events, reason => reason == "GitHubServerError");
    }
}
