using System.Text.Json;
using Operator.Entities.Conditions;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.Tests.Demand;

/// <summary>A part of GitHub's answer is unreadable, refused or outdated: the rest is used, and the session is kept.</summary>
public sealed class OddMessagesTests
{
    private const string Started = """{"messageType":"JobStarted","jobId":"good","runnerName":"r","runnerId":7}""";

    public static TheoryData<string> BadElements => new(
        "null", "5", "[]", "\"text\"",
        """{"messageType":"JobStarted","runnerRequestId":"x","runnerId":null}""",
        """{"messageType":"JobStarted","runnerRequestId":null}""",
        """{"messageType":"JobStarted","runnerRequestId":""}""",
        """{"messageType":"JobStarted","workflowRunId":null}""",
        """{"messageType":"JobStarted","workflowRunId":99999999999999999999}""",
        """{"messageType":"JobStarted","queueTime":""}""",
        """{"messageType":"JobStarted","queueTime":"2026-01-01T00:00:00"}""",
        """{"messageType":"JobStarted","runnerAssignTime":5}""",
        """{"messageType":"JobStarted","jobId":{"a":[1]}}""",
        """{"messageType":null}""");

    [Theory]
    [MemberData(nameof(BadElements))]
    public async Task BadElement_OfAMessage_TheOthersAreServed_AndItIsAcknowledged(string bad)
    {
        await using var world = new ListenerWorld();
        List<string> started = [];
        world.Reports.OnStarted = job =>
        {
            started.Add(job.JobId);
            return Task.CompletedTask;
        };
        await world.OpenAsync();

        world.Service.Bring(() => Message(1, $"[{bad},{Started},{bad}]", """{"totalAssignedJobs":1}"""));
        await world.UntilAskedAsync("ack 1");
        Assert.Equal(["good"], started);
    }

    [Theory]
    [InlineData("""{"totalAssignedJobs":null,"totalRunningJobs":null}""", 3)]
    [InlineData("""{"totalAssignedJobs":99999999999}""", 1_000_000)]
    [InlineData("""{"totalAssignedJobs":1e30}""", 1_000_000)]
    [InlineData("""{"totalAssignedJobs":-5}""", 0)]
    [InlineData("""{"totalAssignedJobs":"x","totalAvailableJobs":[]}""", 3)]
    [InlineData("""{"totalAssignedJobs":4,"totalAvailableJobs":null}""", 4)]
    [InlineData("5", 3)]
    [InlineData("null", 3)]
    public async Task OddStatistics_AreReadAsFarAsTheyCanBe(string statistics, int expected)
    {
        await using var world = new ListenerWorld();
        world.Service.Assigned = 3;
        await world.OpenAsync();

        world.Service.Bring(() => Message(1, "[]", statistics));
        await world.UntilAskedAsync("ack 1");
        Assert.Equal(expected, world.Facts.AssignedJobs);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(400)]
    [InlineData(409)]
    public async Task RefusedOffer_IsDropped_AndTheOthersAreAcquired(int status)
    {
        await using var world = new ListenerWorld();
        world.Service.OnAcquire = ids => ids.Contains(12) ? throw new GitHubApiException("refused", "dead") { StatusCode = status } : ids;
        await world.OpenAsync();

        world.Service.Bring(() => Message(1, Offers(11, 12, 13), """{"totalAvailableJobs":3}"""));
        await world.UntilAskedAsync("ack 1");
        world.Service.Bring(() => null);
        world.Service.Bring(() => Message(2, Offers(14), """{"totalAvailableJobs":1}"""));
        await Eventually.IsTrueAsync(
            () =>
            {
                world.Clock.Advance(TimeSpan.FromSeconds(1));
                return world.Count("ack 2") == 1;
            },
            "the next message");
        Assert.Equal(["acquire 11,12,13", "acquire 11", "acquire 12", "acquire 13", "acquire 14"], Acquisitions(world));
    }

    [Fact]
    public async Task RefusalOfTheMoment_KeepsTheOffer()
    {
        await using var world = new ListenerWorld();
        var refusals = 1;
        world.Service.OnAcquire = ids => refusals-- > 0 ? throw new GitHubApiException("away", "500") { StatusCode = 500 } : ids;
        await world.OpenAsync();
        world.Clock.Advance(TimeSpan.FromSeconds(1)); // no burst

        world.Service.Bring(() => Message(1, Offers(11), """{"totalAvailableJobs":1}"""));
        await world.UntilAskedAsync("ack 1");
        world.Service.Bring(() => Message(2, "", """{"totalAvailableJobs":1}"""));
        await world.UntilAskedAsync("ack 2");
        Assert.Equal(["acquire 11", "acquire 11"], Acquisitions(world));
    }

    [Fact]
    public async Task OfferWhoseOwnNumbersSayNone_IsAcquired()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Bring(() => Message(1, Offers(11), """{"totalAvailableJobs":0}"""));
        await world.UntilAskedAsync("ack 1");
        Assert.Equal(["acquire 11"], Acquisitions(world));
    }

    [Theory]
    [InlineData(GitHubErrors.UnexpectedAnswer, 200)]
    [InlineData(GitHubErrors.UnexpectedAnswer, 204)]
    [InlineData(GitHubErrors.ServerError, 502)]
    [InlineData(GitHubErrors.ServerError, 503)]
    [InlineData(GitHubErrors.ServerError, 504)]
    public async Task OddPoll_IsACutOne_AndTheSessionStays(string reason, int status)
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Bring(() => throw new GitHubApiException(reason, "odd") { StatusCode = status });
        await world.UntilAskedAsync("poll 0 5", times: 2);
        world.Service.Bring(() => Message(1, $"[{Started}]", """{"totalAssignedJobs":1}"""));
        await world.UntilAskedAsync("ack 1");
        Assert.Equal((1, 0, true), (world.Count("open"), world.Count("close"), world.Facts.State.IsOpen));
    }

    [Fact]
    public async Task NumbersOfARenewedToken_Count()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Assigned = 1;
        world.Service.Bring(() => throw new QueueTokenRefusedException("401"));
        await world.UntilAskedAsync("refresh");
        await Eventually.IsTrueAsync(() => world.Facts.AssignedJobs == 1, "the number");
    }

    [Theory]
    [InlineData("""[{"messageType":"JobAssigned","runnerRequestId":5}]""", """{"totalAssignedJobs":0}""", true)]
    [InlineData("""[{"messageType":"JobAssigned","jobId":"a"},{"messageType":"JobAssigned","jobId":"b"}]""", """{"totalAssignedJobs":1}""", true)]
    [InlineData("""[{"messageType":"JobAvailable","runnerRequestId":5}]""", """{"totalAvailableJobs":0}""", true)]
    [InlineData("""[{"messageType":"JobAssigned","runnerRequestId":5}]""", "null", true)]
    [InlineData("""[{"messageType":"JobAssigned","runnerRequestId":5}]""", """{"totalAssignedJobs":1}""", false)]
    [InlineData("""[{"messageType":"JobAvailable","runnerRequestId":5},{"messageType":"JobAssigned","runnerRequestId":5}]""", """{"totalAssignedJobs":1}""", false)]
    [InlineData("""[{"messageType":"JobAssigned","runnerRequestId":5},{"messageType":"JobCompleted","runnerRequestId":5}]""", """{"totalAssignedJobs":0}""", false)]
    public async Task BodyThatNamesMoreThanTheNumbers_TheyAreReadAgain(string body, string statistics, bool isBehind)
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();

        world.Service.Assigned = 2;
        world.Service.Bring(() => Message(1, body, statistics));
        await world.UntilAskedAsync("ack 1");
        Assert.Equal(isBehind ? 1 : 0, world.Count("refresh"));
        Assert.Equal(isBehind ? 2 : JsonSerializer.Deserialize(statistics, ScaleSetJson.Default.ScaleSetStatistics)!.TotalAssignedJobs, world.Facts.AssignedJobs);
    }

    [Fact]
    public async Task NothingForFiveMinutes_TheNumbersAreReadAgain()
    {
        await using var world = new ListenerWorld();
        await world.OpenAsync();
        world.Service.Assigned = 1;

        for (var polls = 1; polls <= 6; polls++)
        {
            Assert.Equal(0, world.Count("refresh"));
            world.Service.Bring(() =>
            {
                world.Clock.Advance(TimeSpan.FromSeconds(50));
                return null;
            });
            await world.UntilAskedAsync("poll 0 5", polls + 1);
        }

        await Eventually.IsTrueAsync(() => world.Facts.AssignedJobs == 1, "the number");
        Assert.Equal((1, 1), (world.Count("refresh"), world.Count("open")));
    }

    [Theory]
    [InlineData(RunnerPoolConditions.TemplateReady, "AccessDenied", 0)]
    [InlineData(RunnerPoolConditions.CredentialsReady, "GitHubUnauthorized", 0)]
    [InlineData(RunnerPoolConditions.Ready, "LeasesRefused", 0)]
    [InlineData(RunnerPoolConditions.Ready, "SessionConflict", 5)]
    public async Task PoolThatCannotLaunch_AnnouncesNoCapacity_UntilItCan(string condition, string reason, int capacity)
    {
        await using var world = new ListenerWorld();
        world.ApplyPool();
        world.Conditions.Add(new() { Type = condition, Status = "False", Reason = reason });
        world.ApplyPool();
        world.Start();

        await world.UntilAskedAsync($"poll 0 {capacity}");
        world.Conditions.Clear();
        world.ApplyPool();
        world.Reevaluate();
        await world.UntilAskedAsync("poll 0 5");
    }

    private static string[] Acquisitions(ListenerWorld world) => [.. world.Service.Asked.Where(asked => asked.StartsWith("acquire", StringComparison.Ordinal))];

    private static string Offers(params int[] ids) =>
        $"[{string.Join(',', ids.Select(id => $$"""{"messageType":"JobAvailable","runnerRequestId":{{id}}}"""))}]";

    private static ScaleSetMessage Message(int id, string body, string statistics) => JsonSerializer.Deserialize(
        $$"""{"messageId":{{id}},"messageType":"RunnerScaleSetJobMessages","statistics":{{statistics}},"body":{{JsonSerializer.Serialize(body)}}}""", ScaleSetJson.Default.ScaleSetMessage)!;
}
