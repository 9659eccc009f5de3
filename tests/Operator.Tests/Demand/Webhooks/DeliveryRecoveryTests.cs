using Microsoft.Extensions.Logging.Abstractions;
using Operator.Demand.Webhooks;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Simulator.Time;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.Demand.Webhooks;

public sealed class DeliveryRecoveryTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly FakeGitHub _gitHub = new();

    /// <summary>Deliveries as <c>guid:status</c>, oldest first.</summary>
    [Theory]
    [InlineData("a:200", "")]
    [InlineData("a:500", "1")]
    [InlineData("a:0", "1")] // no answer
    [InlineData("a:500 a:200", "")]
    [InlineData("a:500 a:502", "2")]
    [InlineData("a:500 a:500 a:500", "")] // given up
    [InlineData("a:503 b:202 c:401", "1 3")]
    public void Failed_Attempts_TheNewestOfEachThatNeverSucceeded(string attempts, string expected)
    {
        var deliveries = attempts.Split(' ').Select((attempt, index) => Delivery(index + 1, attempt.Split(':')[0], int.Parse(attempt.Split(':')[1])));

        Assert.Equal(expected, string.Join(' ', DeliveryRecovery.Failed(deliveries).Select(delivery => delivery.Id)));
    }

    [Theory]
    [InlineData("push", "queued")]
    [InlineData("workflow_run", "completed")]
    [InlineData("workflow_job", "waiting")]
    public void Failed_OtherEvents_AreLeft(string name, string action) =>
        Assert.Empty(DeliveryRecovery.Failed([Delivery(1, "a", 500) with { Event = name, Action = action }]));

    [Fact]
    public async Task Recover_FailedDelivery_IsRepeatedOnce()
    {
        _gitHub.Deliveries = [Delivery(1, "a", 500)];
        var recovery = Recovery();

        await RecoverAsync(recovery);
        await RecoverAsync(recovery); // another pool's place, a moment later
        _clock.Advance(TimeSpan.FromMinutes(1));
        await RecoverAsync(recovery);

        Assert.Equal(["hooks", "deliveries", "redeliver 1", "hooks", "deliveries"], _gitHub.Asked);
    }

    [Fact]
    public async Task Recover_ADeliveryOfTheSameIdAtAnotherHost_IsRepeatedThereToo()
    {
        _gitHub.Deliveries = [Delivery(1, "a", 500)];
        var recovery = Recovery();
        Assert.True(GitHubTarget.TryParse("https://ghes.example.com/my-org", out var other, out _));

        await recovery.RecoverAsync(_gitHub, other, StubGitHub.PersonalToken, default);
        await RecoverAsync(recovery);

        Assert.Equal(2, _gitHub.Asked.Count(asked => asked == "redeliver 1"));
    }

    [Fact]
    public async Task Recover_NotPermitted_IsNoFailure_AndNotAskedAgainSoon()
    {
        _gitHub.Hooks = () => throw new GitHubApiException(GitHubErrors.Forbidden, "no");
        var recovery = Recovery();

        await RecoverAsync(recovery);
        _clock.Advance(TimeSpan.FromMinutes(5));
        await RecoverAsync(recovery);

        Assert.Equal(["hooks"], _gitHub.Asked);
    }

    private DeliveryRecovery Recovery() => new(WebhookDemandFixture.Metrics, _clock, NullLogger<DeliveryRecovery>.Instance);

    private Task RecoverAsync(DeliveryRecovery recovery) => recovery.RecoverAsync(_gitHub, StubGitHub.Organization, StubGitHub.PersonalToken, default);

    private GitHubHookDelivery Delivery(int id, string guid, int status) => new()
    {
        Id = id,
        Guid = guid,
        StatusCode = status,
        Event = "workflow_job",
        Action = "queued",
        DeliveredAt = _clock.GetUtcNow().AddSeconds(id),
    };
}
