using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A scale set's listener recovers quickly from odd Retry-After values, crashes and sessions of a dead process.</summary>
public sealed class ListenerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(15);

    public static TheoryData<int, string> OddPauses => new()
    {
        { 429, "date -5" },
        { 503, "date -5" },
        { 429, "date 94608000" },
        { 503, "-5" },
        { 429, "0" },
        { 429, "2147483647" },
        { 503, "99999999999999999999" },
        { 429, "in a while" },
    };

    [Theory]
    [MemberData(nameof(OddPauses))]
    public async Task RetryAfterThatMakesNoSense_AtAPoll_TheNextJobIsServed(int status, string retryAfter)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.UntilOpenAsync();
        scenario.World.GitHubFaults.On("github:GetMessage").Error(status, "TooManyRequests").Header("Retry-After", Text(scenario, retryAfter)).Times(1);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1)); // the poll that waits now ends, and the next one is refused
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromMinutes(30), "the job is served");
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(scenario));
    }

    [Theory]
    [InlineData("x-ratelimit-reset", "9223372036854775807")]
    [InlineData("x-ratelimit-reset", "32503680000")]
    [InlineData("Retry-After", "2147483647")]
    public async Task LimitForYears_OfTheRestApi_IsForgottenWithinTheHour(string header, string value)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.GitHubFaults.On("github:CreateRegistrationToken").Error(403, "slow down").Times(1)
            .Header("x-ratelimit-limit", "5000").Header("x-ratelimit-remaining", "0").Header(header, value);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(61));
        await scenario.UntilOpenAsync();
    }

    public static TheoryData<string, bool> DeathsBeforeTheNote => new() { { "open", true }, { "note", false } };

    [Theory]
    [MemberData(nameof(DeathsBeforeTheNote))]
    public async Task KilledBeforeTheStatusNotesTheSession_TheNextOneHasARunnerReady_AndListensAsSoonAsGitHubLetsItGo(string call, bool afterEffect)
    {
        await using var scenario = await Scenario.StartAsync();
        await ListenUntilKilledAsync(scenario, afterEffect, call == "open" ? OpensTheSession : NotesTheSession);
        Assert.Null(NotedSession(scenario));
        Assert.NotNull(scenario.World.GitHub.ScaleSets.All[0].SessionOwner);
        var killed = scenario.World.Clock.GetUtcNow();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => DemandReady(scenario)?.Reason == "SessionConflict", TimeSpan.FromSeconds(30), "the condition");
        Assert.Contains("waiting for GitHub to end this operator", DemandReady(scenario)!.Value.Message, StringComparison.Ordinal);

        // Its id is lost, so only GitHub can end it, minutes after its last activity. Its statistics can still be read, and the runner waits for the job.
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 1, TimeSpan.FromSeconds(60), "an idle runner");
        Assert.Equal("SessionConflict", DemandReady(scenario)!.Value.Reason);
        await scenario.UntilServedAsync();
        var started = Assert.Single(scenario.World.GitHub.Jobs).StartedAt!.Value;
        Assert.InRange(started - killed - new ScaleSetOptions().SessionSilence, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(10));
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task WhileAnOwnOldSessionLasts_RunnersRegister()
    {
        await using var scenario = await Scenario.StartAsync();
        await ListenUntilKilledAsync(scenario, afterEffect: true, OpensTheSession, minIdle: 1);

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 1, new ScaleSetOptions().SessionSilence - TimeSpan.FromSeconds(30), "an idle runner");
        Assert.Equal("SessionConflict", DemandReady(scenario)!.Value.Reason);
    }

    [Theory]
    [InlineData("note", true)]
    [InlineData("poll", false)]
    public async Task KilledWithTheSessionNoted_TheNextOneListensAtOnce(string call, bool afterEffect)
    {
        await using var scenario = await Scenario.StartAsync();
        await ListenUntilKilledAsync(scenario, afterEffect, call == "note" ? NotesTheSession : Polls);
        Assert.NotNull(NotedSession(scenario));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromSeconds(60), "a machine");
        await scenario.UntilServedAsync();
    }

    [Fact]
    public async Task SessionOfSomebodyElse_IsAskedForCalmly()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.UntilOpenAsync();
        await scenario.KillOperatorAsync();
        var set = scenario.World.GitHub.ScaleSets.All[0].Id;
        scenario.World.GitHub.ScaleSets.EndSession(set);
        scenario.World.GitHub.ScaleSets.OpenSession(set, "another-cluster/default/other");
        var before = scenario.World.GitHubCalls.Count("github:CreateSession");
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(130));
        Assert.InRange(scenario.World.GitHubCalls.Count("github:CreateSession") - before, 2, 4);
        Assert.Equal("SessionConflict", DemandReady(scenario)!.Value.Reason);
    }

    [Fact]
    public async Task StatusThatCannotBeWritten_NoPollIsMadeBeforeItCan()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.UntilOpenAsync();
        var polls = scenario.World.GitHubCalls.Count("github:GetMessage");
        scenario.World.KubernetesFaults.On("kubernetes:PATCH runnerpools/status").Error(500, "InternalError");
        scenario.World.GitHub.ScaleSets.EndSession(scenario.World.GitHub.ScaleSets.All[0].Id);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(2, scenario.World.GitHubCalls.Count("github:CreateSession")); // kept alive in the meantime
        Assert.Equal(polls, scenario.World.GitHubCalls.Count("github:GetMessage"));

        scenario.World.KubernetesFaults.Clear();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();
    }

    private static async Task ListenUntilKilledAsync(Scenario scenario, bool afterEffect, Func<string, string, bool> at, int minIdle = 0)
    {
        await scenario.StartOperatorAsync(new CallGate { KillWhen = at, KillAfterEffect = afterEffect });
        scenario.ApplyPool(minIdle);
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.Gate.IsDead, Soon, "the crash");
        await scenario.KillOperatorAsync();
    }

    private static bool OpensTheSession(string call, string body) => call == "github POST _apis/runtime/runnerscalesets/{id}/sessions";

    private static bool NotesTheSession(string call, string body) =>
        call == "kubernetes PATCH runnerpools/status" && body.Contains("sessionId", StringComparison.Ordinal);

    private static bool Polls(string call, string body) => call == "github GET message";

    private static string Text(Scenario scenario, string retryAfter) => retryAfter.Split(' ') is ["date", var seconds]
        ? scenario.World.Clock.GetUtcNow().AddSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)).ToString("R", CultureInfo.InvariantCulture)
        : retryAfter;

    private static (string Status, string Reason, string Message)? DemandReady(Scenario scenario) => scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady");

    private static JsonNode? NotedSession(Scenario scenario) =>
        scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)?["status"]?["scaleSet"]?["sessionId"];

    private static async Task<HttpStatusCode> HealthAsync(Scenario scenario) =>
        (await scenario.Http.GetAsync(new Uri(scenario.Operator.Address, "healthz"))).StatusCode;
}
