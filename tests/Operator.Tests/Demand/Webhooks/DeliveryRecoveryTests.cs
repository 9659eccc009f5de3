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

    [Theory]
    [InlineData(GitHubErrors.InvalidRequest, 1)]
    [InlineData(GitHubErrors.NotFound, 1)]
    [InlineData(GitHubErrors.ServerError, 2)] // worth another try
    public async Task Recover_OneOfTenIsRefused_TheOthersAreRepeated(string reason, int tries)
    {
        _gitHub.Deliveries = [.. Enumerable.Range(1, 10).Select(id => Delivery(id, $"{id}", 500))];
        _gitHub.Refuse = id => id == 3 ? new(reason, "no") : null;
        var recovery = Recovery();

        var failure = await Record.ExceptionAsync(() => RecoverAsync(recovery));
        _clock.Advance(TimeSpan.FromMinutes(1));
        await Record.ExceptionAsync(() => RecoverAsync(recovery));

        Assert.Equal(tries == 2, failure is GitHubApiException);
        Assert.Equal(9 + tries, _gitHub.Asked.Count(asked => asked.StartsWith("redeliver", StringComparison.Ordinal)));
        Assert.Equal(tries, _gitHub.Asked.Count(asked => asked == "redeliver 3"));
    }

    [Theory]
    [InlineData(GitHubErrors.NotFound, 1)]
    [InlineData(GitHubErrors.ServerError, 2)]
    public async Task Recover_OneHookIsRefused_TheOthersAreServed(string reason, int tries)
    {
        _gitHub.Hooks = () => [new("orgs/o/hooks/1", IsOfApp: false), new("orgs/o/hooks/2", IsOfApp: false)];
        _gitHub.RefuseHook = path => path.EndsWith('1') ? new(reason, "no") : null;
        _gitHub.Deliveries = [Delivery(1, "a", 500)];
        var recovery = Recovery();

        await Record.ExceptionAsync(() => RecoverAsync(recovery));
        _clock.Advance(TimeSpan.FromMinutes(1));
        _gitHub.Deliveries = [Delivery(2, "b", 500)];
        await Record.ExceptionAsync(() => RecoverAsync(recovery));

        Assert.Contains("redeliver 1", _gitHub.Asked);
        Assert.Contains("redeliver 2", _gitHub.Asked);
        Assert.Equal(2 + tries, _gitHub.Asked.Count(asked => asked == "deliveries"));
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
