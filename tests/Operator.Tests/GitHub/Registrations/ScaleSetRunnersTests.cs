using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.Simulator.Time;
using Operator.Tests.Demand;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub.Registrations;

/// <summary>The scale-set twin of <see cref="GitHubRunnerRegistryTests"/>.</summary>
public sealed class ScaleSetRunnersTests
{
    private readonly ScriptedScaleSets _service = new();
    private readonly ScaleSetRunners _runners;

    public ScaleSetRunnersTests() => _runners = new(_service, new(new ManualTimeProvider()));

    [Fact]
    public async Task Register_NameIsFree_AnswersTheConfig()
    {
        Assert.Equal(new NewRunner(1, "r-1", "config of 1"), await RegisterAsync());
        Assert.Equal(["register r-1"], _service.Asked);
    }

    // The leftover of a call whose answer was lost: its config is lost, too.
    [Fact]
    public async Task Register_NameIsTakenByAnIdleRunner_ReplacesIt()
    {
        _service.Runners["r-1"] = new() { Id = 9, Name = "r-1" };

        Assert.NotNull((await RegisterAsync()).StartSecret);
        Assert.Equal(["register r-1", "find r-1", "delete runner 9", "register r-1"], _service.Asked);
    }

    // The answer was lost, but a machine has the config, and a job.
    [Fact]
    public async Task Register_NameIsTakenByABusyRunner_IsThatRunner_WithoutAConfig()
    {
        _service.Runners["r-1"] = new() { Id = 9, Name = "r-1" };
        _service.Busy.Add(9);

        Assert.Equal(new NewRunner(9, "r-1", StartSecret: null), await RegisterAsync());
        Assert.Equal(["register r-1", "find r-1", "delete runner 9"], _service.Asked);
    }

    [Fact]
    public async Task Register_NameWasTaken_AndIsFreeWhenItIsLookedFor_IsTriedAgain()
    {
        _service.RegistrationRefusals.Enqueue(new GitHubNameTakenException("taken"));

        Assert.Equal("config of 1", (await RegisterAsync()).StartSecret);
    }

    [Fact]
    public async Task Register_NoScaleSetYet_OrNoMore_IsTriedAgainSoon()
    {
        var early = Assert.Throws<RegistryException>(() => { _ = RegisterAsync(scaleSetId: null); });
        _service.RegistrationRefusals.Enqueue(new GitHubApiException(GitHubErrors.NotFound, "no such scale set") { StatusCode = 404 });
        var late = await Assert.ThrowsAsync<RegistryException>(() => RegisterAsync());

        Assert.All([early, late], failure => Assert.Equal((ScaleSetRunners.NotReady, TimeSpan.FromSeconds(5)), (failure.Reason, failure.RetryAfter)));
    }

    [Fact]
    public async Task Register_NameStaysTaken_IsNotTriedForEver()
    {
        _service.RegistrationRefusals.Enqueue(new GitHubNameTakenException("taken"));
        _service.RegistrationRefusals.Enqueue(new GitHubNameTakenException("taken"));

        await Assert.ThrowsAsync<RegistryException>(() => RegisterAsync());
    }

    private Task<NewRunner> RegisterAsync(long? scaleSetId = 3) =>
        _runners.RegisterAsync(new GitHubScope(StubGitHub.Organization, StubGitHub.PersonalToken, "default"), scaleSetId, "r-1", "_work", CancellationToken.None);
}
