using Operator.Demand.ScaleSets;
using Operator.GitHub.Rest;

namespace Operator.Tests.Demand;

public sealed class SessionOwnerTests
{
    private const string Refusal = "CreateSession was answered 409: The runner scale set linux already has an active session for owner ";

    [Theory]
    [InlineData("me/default/linux.", true)]
    [InlineData("another-pod/default/linux", true)]
    [InlineData("me/default/linux-large.", false)]
    [InlineData("me/other/linux.", false)]
    [InlineData("arc-runner-set-754b578d-listener.", false)]
    [InlineData("default/linux.", false)]
    public void OwnerThatGitHubNames_Decides(string owner, bool isOurs)
    {
        Assert.Equal(isOurs, SessionOwner.IsOurs(Refusal + owner, new("default", "linux"), isNoted: false));
        Assert.Equal(isOurs, SessionOwner.IsOurs(Refusal + owner, new("default", "linux"), isNoted: true));
    }

    [Fact]
    public void OwnNameOfToday_IsOurs()
    {
        var pool = new Operator.Runtime.NamespacedName("default", "linux");
        Assert.True(SessionOwner.IsOurs($"{Refusal}{SessionOwner.Format("operator-7d9f-x.y", pool)}.", pool, isNoted: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OwnerThatGitHubDoesNotName_IsWeWhereTheStatusNotesTheScaleSet(bool isNoted) =>
        Assert.Equal(isNoted, SessionOwner.IsOurs("CreateSession was answered 409: conflict", new("default", "linux"), isNoted));

    [Theory]
    [InlineData(0, 0, 5)]
    [InlineData(0, 1, 3)]
    [InlineData(74, 0, 5)]
    [InlineData(75, 0, 30)]
    [InlineData(1000, 0, 120)]
    public void OwnSession_IsAskedForEvenly_ThenCalmly(int failures, double random, double seconds)
    {
        var failure = DemandFailure.From(new OwnSessionException(Conflict, numbers: null), failures, random);
        Assert.Equal((GitHubErrors.SessionConflict, TimeSpan.FromSeconds(seconds), true), (failure.Reason, failure.RetryAfter, failure.IsImmediate));
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(1, 60)]
    [InlineData(9, 120)]
    public void SessionOfSomebodyElse_HasTheOfficialListenersPauses(int failures, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), DemandFailure.From(Conflict, failures, 0).RetryAfter);

    private static GitHubApiException Conflict => new(GitHubErrors.SessionConflict, "409") { StatusCode = 409 };
}
