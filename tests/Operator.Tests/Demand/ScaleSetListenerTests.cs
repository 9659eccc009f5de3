using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.Tests.Demand;

public sealed class ScaleSetListenerTests
{
    private const string Url = "https://github.com/my-org";

    [Fact]
    public async Task Start_MakesTheScaleSet_OpensASession_AndTellsItsNumbers()
    {
        await using var world = new ListenerWorld();
        world.Service.Assigned = 3;

        await world.OpenAsync();

        Assert.Equal(["find linux", "create linux", "open", "poll 0 5"], world.Service.Asked);
        Assert.Equal(3, world.Facts.AssignedJobs);
        Assert.True(world.Facts.State.IsOpen);
        Assert.Equal(1, world.Facts.ScaleSet!.Id);
    }

    [Fact]
    public async Task NameIsNoted_BeforeGitHubIsAskedToMakeIt()
    {
        await using var world = new ListenerWorld { Applies = false };
        world.ApplyPool();
        world.Start();

        await Eventually.IsTrueAsync(() => world.Facts.ScaleSet is { Name: "linux", Id: null }, "a note");
        Assert.Equal(["find linux"], world.Service.Asked);
        world.States.Applied(ListenerWorld.Pool, world.Facts.Version);
        await world.UntilAskedAsync("create linux");
    }

    [Fact]
    public async Task NotedNameWithoutId_IsOurOwnFromBeforeACrash()
    {
        await using var world = new ListenerWorld();
        world.Service.Sets[9] = new() { Id = 9, Name = "linux", RunnerGroupId = 1, Labels = [new() { Name = "linux" }] };

        await world.OpenAsync(new() { Url = Url, Name = "linux" });

        Assert.Equal(0, world.Count("create linux"));
        Assert.Equal(9, world.Facts.ScaleSet!.Id);
    }

    [Fact]
    public async Task ForeignScaleSetOfOurName_IsNotTouched()
    {
        await using var world = new ListenerWorld();
        world.Service.Sets[9] = new() { Id = 9, Name = "linux", RunnerGroupId = 1 };
        world.ApplyPool();
        world.Start();

        await Eventually.IsTrueAsync(() => world.Facts.State.Reason == "ScaleSetTaken", "the reason");
        Assert.Equal(["find linux"], world.Service.Asked);
        Assert.False(world.Facts.State.IsOpen);
        Assert.Null(world.Facts.AssignedJobs);
    }

    [Fact]
    public async Task OwnOldSession_IsEndedBeforeTheNext()
    {
        await using var world = new ListenerWorld();
        world.Service.Sets[9] = new() { Id = 9, Name = "linux", RunnerGroupId = 1, Labels = [new() { Name = "linux" }] };

        await world.OpenAsync(new() { Url = Url, Name = "linux", Id = 9, SessionId = Guid.Empty.ToString() });

        Assert.Equal(["get 9", "close", "open", "poll 0 5"], world.Service.Asked);
    }

    [Fact]
    public async Task Session_IsNotPolled_BeforeThePoolsStatusNotesIt()
    {
        await using var world = new ListenerWorld { Applies = false };
        var noted = Noted();
        world.Service.Sets[9] = Set;
        world.ApplyPool(noted: noted);
        world.Start();

        await Eventually.IsTrueAsync(() => world.Facts.ScaleSet?.SessionId == ScriptedScaleSets.SessionId, "the note");
        Assert.Equal(["get 9", "open"], world.Service.Asked);
        world.States.Applied(ListenerWorld.Pool, world.Facts.Version);
        await world.UntilAskedAsync("poll 0 5");
    }

    [Fact]
    public async Task Session_ThatCannotBeNoted_IsKeptAlive_AndNotPolled_UntilItCan()
    {
        await using var world = new ListenerWorld { Applies = false };
        world.Service.Sets[9] = Set;
        world.ApplyPool(noted: Noted());
        world.Start();
        await Eventually.IsTrueAsync(() => world.Facts.ScaleSet?.SessionId is not null && world.Clock.NextDue is not null, "the note");

        for (var times = 1; times <= 3; times++)
        {
            world.Clock.Advance(TimeSpan.FromSeconds(30));
            await Eventually.IsTrueAsync(() => world.Count("refresh") == times && world.Clock.NextDue is not null, "a sign of life");
            Assert.Equal(ScaleSetListener.StatusNotWritten, world.Facts.State.Reason);
        }

        Assert.Equal(["get 9", "open", "refresh", "refresh", "refresh"], world.Service.Asked);
        world.Applies = true;
        world.States.Applied(ListenerWorld.Pool, world.Facts.Version);
        await world.UntilAskedAsync("poll 0 5");
        Assert.True(world.Facts.State.IsOpen);
    }

    [Fact]
    public async Task SessionOfOurOwn_WhoseIdIsLost_IsAskedForEveryFewSeconds_AndCalmlyAfterFiveMinutes()
    {
        await using var world = new ListenerWorld();
        world.Service.Sets[9] = Set with { Statistics = new() { TotalAssignedJobs = 2, TotalAvailableJobs = 3 } };
        world.Service.Sessions.Clear();
        const string refusal = "The runner scale set linux already has an active session for owner old-pod/default/linux.";
        world.Service.Sessions.Enqueue(new GitHubApiException(GitHubErrors.SessionConflict, refusal) { StatusCode = 409 });
        world.ApplyPool(noted: Noted());
        world.Start();

        for (var tries = 1; tries <= 75; tries++)
        {
            await Eventually.IsTrueAsync(() => world.Count("open") == tries && world.Clock.NextDue is not null, $"try {tries}");
            Assert.Equal("SessionConflict", world.Facts.State.Reason);
            Assert.Equal(world.Clock.GetUtcNow() + TimeSpan.FromSeconds(5), world.Clock.NextDue);
            Assert.Equal(5, world.Facts.AssignedJobs); // machines for what is assigned and offered, though there are no messages

            // Who still holds it after five minutes is alive, and its numbers are no business of ours.
            world.Service.Sets[9] = tries == 75 ? Set with { Statistics = new() { TotalAssignedJobs = 9 } } : world.Service.Sets[9];
            world.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        await Eventually.IsTrueAsync(() => world.Count("open") == 76 && world.Clock.NextDue is not null, "the last try");
        Assert.Equal(world.Clock.GetUtcNow() + TimeSpan.FromSeconds(30), world.Clock.NextDue);
        Assert.Equal(5, world.Facts.AssignedJobs);
    }

    [Fact]
    public async Task Id_IsNotedWhileTheSessionWaits_SoThatRunnersRegister()
    {
        await using var world = new ListenerWorld();
        world.Service.Sessions.Clear();
        world.Service.Sessions.Enqueue(new GitHubApiException(GitHubErrors.SessionConflict, "409") { StatusCode = 409 });
        world.ApplyPool();
        world.Start();

        await Eventually.IsTrueAsync(() => world.Facts.State.Reason == "SessionConflict", "the reason");
        Assert.Equal((1, null), (world.Facts.ScaleSet!.Id, world.Facts.ScaleSet.SessionId));
    }

    [Fact]
    public async Task Message_IsAcknowledged_WithoutWaitingForThePoolsPass()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();
        world.Applies = false; // the numbers are absolute, and every session begins with them

        world.Service.Bring(() => Message(7, assigned: 2));
        await world.UntilAskedAsync("ack 7");
        Assert.Equal(2, world.Facts.AssignedJobs);
    }

    [Fact]
    public async Task Messages_ThatFollowEachOther_AreTakenTogetherAfterAMoment()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        world.Service.Bring(() => Message(7, assigned: 1));
        await world.UntilAskedAsync("poll 7 5"); // the first one is not kept waiting

        world.Service.Bring(() => Message(8, assigned: 2));
        await world.UntilAskedAsync("ack 8");
        await Eventually.IsTrueAsync(() => world.Clock.NextDue is not null, "the pause");
        Assert.Equal(0, world.Count("poll 8 5"));

        world.Clock.Advance(TimeSpan.FromMilliseconds(50));
        await world.UntilAskedAsync("poll 8 5");
    }

    [Fact]
    public async Task FinishedJobs_AreToldBeforeTheNumbers_StartedOnesBeforeTheAcknowledgement()
    {
        await using var world = new ListenerWorld();
        int? numberAtCompletion = null;
        world.Reports.OnCompleted = _ => numberAtCompletion = world.Facts.AssignedJobs;
        var started = new TaskCompletionSource();
        world.Reports.OnStarted = _ => started.Task;
        world.Service.Assigned = 2;
        await world.OpenAsync();

        world.Service.Bring(() => Message(1, assigned: 1,
            """[{"messageType":"JobStarted","jobId":"b","runnerName":"r2","runnerId":22},{"messageType":"JobCompleted","jobId":"a","runnerName":"r1","runnerId":21,"result":"succeeded","ownerName":"my-org","repositoryName":"app"}]"""));
        await Eventually.IsTrueAsync(() => world.Facts.AssignedJobs == 1, "the number");
        Assert.Equal(2, numberAtCompletion);
        Assert.Equal(0, world.Count("ack 1"));
        started.SetResult();
        await world.UntilAskedAsync("ack 1");
        Assert.Equal(new JobReport("r1", 21, "a", "my-org/app", RunId: null, Workflow: null, At: null, Result: "succeeded") { ScaleSetId = 1 }, Assert.Single(world.Reports.Completed));
    }

    [Fact]
    public async Task OfferedJobs_AreAcquired()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Bring(() => Message(1, assigned: 0, """[{"messageType":"JobAvailable","runnerRequestId":11},{"messageType":"JobAvailable","runnerRequestId":12}]""", available: 2));
        await world.UntilAskedAsync("ack 1");
        Assert.Equal(1, world.Count("acquire 11,12"));
    }

    [Fact]
    public async Task CutPolls_AreNormal_ButAfterAMinuteOfSilenceTheServiceIsAsked()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Bring(() => throw new GitHubApiException(GitHubErrors.Unreachable, "cut"));
        await world.UntilAskedAsync("poll 0 5", times: 2);
        Assert.True(world.Facts.State.IsOpen);
        Assert.Equal(0, world.Count("refresh"));

        world.Service.Assigned = 4;
        world.Clock.Advance(TimeSpan.FromSeconds(61));
        world.Service.Bring(() => throw new GitHubApiException(GitHubErrors.Unreachable, "cut"));
        await world.UntilAskedAsync("refresh");
        await Eventually.IsTrueAsync(() => world.Facts.AssignedJobs == 4, "the number");
        Assert.True(world.Facts.State.IsOpen);
    }

    [Fact]
    public async Task QueueTokenEnded_IsRenewed_AndThePollMadeAgain()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Bring(() => throw new QueueTokenRefusedException("401"));
        await world.UntilAskedAsync("poll 0 5", times: 2);
        Assert.Equal(1, world.Count("refresh"));
        Assert.Equal(1, world.Count("open"));
    }

    [Fact]
    public async Task SessionOfSomebodyElse_IsSaid_AndTriedAgainCalmly()
    {
        await using var world = new ListenerWorld();
        world.Service.Sessions.Clear();
        world.Service.Sessions.Enqueue(new GitHubApiException(GitHubErrors.SessionConflict, "409") { StatusCode = 409 });
        world.Service.Sessions.Enqueue(null);
        world.ApplyPool();
        world.Start();

        await Eventually.IsTrueAsync(() => world.Facts.State.Reason == "SessionConflict" && world.Clock.NextDue is not null, "the reason");
        Assert.Equal(world.Clock.GetUtcNow() + TimeSpan.FromSeconds(30), world.Clock.NextDue);
        world.Clock.Advance(TimeSpan.FromSeconds(30));
        await world.UntilAskedAsync("poll 0 5");
        Assert.True(world.Facts.State.IsOpen);
    }

    [Fact]
    public async Task ScaleSetRemovedByTheService_IsMadeAgainAtOnce()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Sets.Clear();
        world.Service.Bring(() => throw new GitHubApiException(GitHubErrors.NotFound, "404") { StatusCode = 404 });
        await world.UntilAskedAsync("create linux", times: 2);
        await world.UntilAskedAsync("poll 0 5", times: 2);
        Assert.Equal(2, world.Facts.ScaleSet!.Id);
    }

    [Fact]
    public async Task ChangedLabels_AreBroughtToGitHub()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.ApplyPool(label: "linux-large");
        world.Reevaluate();
        await world.UntilAskedAsync("update 1");
        await world.UntilAskedAsync("poll 0 5", times: 2);
        Assert.Equal("linux-large", Assert.Single(world.Service.Sets[1].Labels).Name);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(1, false)]
    public async Task MoreCapacity_CutsThePoll_OnlyWhenTheOldNumberKeepsJobsWaiting(int assigned, bool isCut)
    {
        await using var world = new ListenerWorld();
        world.Service.Assigned = assigned;
        world.ApplyPool();
        world.ApplyLease("mine", holder: "User");
        world.Start();
        await world.UntilAskedAsync("poll 0 4");

        world.ApplyLease("mine", holder: null);
        world.Reevaluate();
        if (!isCut)
        {
            // The poll continues, and ends like any other.
            world.Service.Bring(() =>
            {
                world.Clock.Advance(TimeSpan.FromSeconds(50));
                return null;
            });
        }

        await world.UntilAskedAsync("poll 0 5");
        Assert.Equal(1, world.Count("poll 0 4"));
    }

    [Fact]
    public async Task RunnerGroupThatDoesNotExist_IsSaid()
    {
        await using var world = new ListenerWorld();
        world.ApplyPool(group: "builders");
        world.Start();

        await Eventually.IsTrueAsync(() => world.Facts.State.Reason == "RunnerGroupNotFound", "the reason");
        Assert.Contains("'builders'", world.Facts.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ClosesTheSession()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        await world.StopAsync();
        Assert.Equal("close", world.Service.Asked[^1]);
    }

    private static ScaleSet Set => new() { Id = 9, Name = "linux", RunnerGroupId = 1, Labels = [new() { Name = "linux" }] };

    private static ScaleSetStatus Noted() => new() { Url = Url, Name = "linux", Id = 9 };

    private static ScaleSetMessage Message(long id, int assigned, string body = "", int available = 0) => new()
    {
        MessageId = id,
        MessageType = "RunnerScaleSetJobMessages",
        Body = body,
        Statistics = new() { TotalAssignedJobs = assigned, TotalAvailableJobs = available },
    };
}
