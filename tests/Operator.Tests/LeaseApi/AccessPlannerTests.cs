using Operator.Entities.RunnerPools;
using Operator.LeaseApi;
using Operator.LeaseApi.Tokens;

namespace Operator.Tests.LeaseApi;

/// <summary>Who may take leases of a pool: by ids, never by names.</summary>
public sealed class AccessPlannerTests
{
    private static readonly RunIdentity Run = new()
    {
        Issuer = TestIssuer.GitHub,
        TokenId = "t",
        Repository = "my-org/app",
        RepositoryId = "74",
        OwnerId = "65",
        RunId = "1234",
        RunAttempt = 1,
        Event = "push",
        Ref = "refs/heads/main",
        RunnerEnvironment = "github-hosted",
        JobWorkflowRef = "my-org/ci/.github/workflows/lease.yml@refs/heads/main",
    };

    public static TheoryData<string, RunChange, Action<AccessRule>, bool> Cases() => new()
    {
        { "the owner's", new(run => run), _ => { }, true },
        { "the repository's", new(run => run), rule => rule.RepositoryIds = ["1", "74"], true },
        { "another repository's", new(run => run), rule => rule.RepositoryIds = ["75"], false },
        { "another owner's", new(run => run with { OwnerId = "66" }), _ => { }, false },
        { "a recycled name's: same names, other ids", new(run => run with { RepositoryId = "99" }), rule => rule.RepositoryIds = ["74"], false },
        { "a recycled owner's", new(run => run with { OwnerId = "99" }), rule => rule.RepositoryIds = ["74"], false },
        { "a lookalike owner's", new(run => run with { Repository = "my-org-evil/app", OwnerId = "66" }), _ => { }, false },
        { "a transferred repository's", new(run => run with { Repository = "other-org/app" }), _ => { }, false },
        { "another issuer's", new(run => run with { Issuer = "https://ghes.example.com/_services/token" }), _ => { }, false },
        { "a pull request", new(run => run with { Event = "pull_request", Ref = "refs/pull/4/merge" }), _ => { }, false },
        { "a pull request where the pool says so", new(run => run with { Event = "pull_request", Ref = "refs/pull/4/merge" }), rule => rule.Events = ["push", "pull_request"], true },
        { "a pull request of any ref but main", new(run => run with { Event = "pull_request", Ref = "refs/pull/4/merge" }), rule => (rule.Events, rule.Refs) = (["pull_request"], ["refs/heads/*"]), false },
        { "pull_request_target", new(run => run with { Event = "pull_request_target" }), _ => { }, false },
        { "workflow_run", new(run => run with { Event = "workflow_run" }), _ => { }, false },
        { "issue_comment", new(run => run with { Event = "issue_comment" }), _ => { }, false },
        { "an event of tomorrow", new(run => run with { Event = "dynamic" }), _ => { }, false },
        { "a schedule", new(run => run with { Event = "schedule" }), _ => { }, true },
        { "a push where only releases may", new(run => run), rule => rule.Events = ["release"], false },
        { "a job on a machine of ours", new(run => run with { RunnerEnvironment = "self-hosted" }), _ => { }, false },
        { "a job on a machine of ours where the pool says so", new(run => run with { RunnerEnvironment = "self-hosted" }), rule => rule.RunnerEnvironments = ["self-hosted"], true },
        { "another branch", new(run => run with { Ref = "refs/heads/main-evil" }), rule => rule.Refs = ["refs/heads/main"], false },
        { "a tag by a pattern", new(run => run with { Ref = "refs/tags/v1.2" }), rule => rule.Refs = ["refs/heads/main", "refs/tags/v*"], true },
        { "a branch that is named like a tag", new(run => run with { Ref = "refs/heads/refs/tags/v1" }), rule => rule.Refs = ["refs/tags/v*"], false },
        { "no environment", new(run => run), rule => rule.Environments = ["ci"], false },
        { "the environment", new(run => run with { Environment = "ci" }), rule => rule.Environments = ["ci"], true },
        { "an environment with a forged end", new(run => run with { Environment = "x:ref:refs/heads/main" }), rule => rule.Environments = ["main"], false },
        { "the file", new(run => run), rule => rule.JobWorkflowRefs = ["my-org/ci/.github/workflows/lease.yml@refs/heads/main"], true },
        { "the file of another branch", new(run => run with { JobWorkflowRef = "my-org/ci/.github/workflows/lease.yml@refs/heads/evil" }), rule => rule.JobWorkflowRefs = ["my-org/ci/.github/workflows/lease.yml@refs/heads/main"], false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_IsAllowedByARuleAlone(string what, RunChange change, Action<AccessRule> rule, bool isAllowed)
    {
        var allowed = new AccessRule { OwnerId = "65" };
        rule(allowed);

        var denial = AccessPlanner.DenialOf(WorkflowTokensTests.Pool("https://github.com/my-org", rules: [new() { OwnerId = "1" }, allowed]), change.Of(Run));

        Assert.True(isAllowed == denial is null, $"{what}: {denial}");
    }

    [Fact]
    public void Pool_WithoutRules_OrOnItsWayOut_AllowsNobody()
    {
        Assert.NotNull(AccessPlanner.DenialOf(WorkflowTokensTests.Pool("https://github.com/my-org"), Run));
        var leaving = WorkflowTokensTests.Pool("https://github.com/my-org", rules: new AccessRule { OwnerId = "65" });
        leaving.Metadata.DeletionTimestamp = DateTimeOffset.UnixEpoch;
        Assert.NotNull(AccessPlanner.DenialOf(leaving, Run));
    }

    [Fact]
    public void Allowed_OfSeveralPools_AreThoseThatSaySo_InOrder()
    {
        var rule = new AccessRule { OwnerId = "65" };
        V1Alpha1RunnerPool[] pools =
        [
            WorkflowTokensTests.Pool("https://github.com/my-org", name: "b", rules: rule), WorkflowTokensTests.Pool("https://github.com/my-org/app", name: "a", rules: rule),
            WorkflowTokensTests.Pool("https://github.com/my-org/other", name: "c", rules: rule), WorkflowTokensTests.Pool("https://github.com/my-org", name: "d"),
        ];

        Assert.Equal(["a", "b"], AccessPlanner.Allowed(pools, Run).Select(pool => pool.Metadata.Name));
    }

    [Theory]
    [InlineData("refs/heads/main", "refs/heads/main", true)]
    [InlineData("refs/heads/main", "refs/heads/*", true)]
    [InlineData("refs/heads/", "refs/heads/*", true)]
    [InlineData("refs/heads/main", "*", true)]
    [InlineData("refs/heads/main", "refs/*/main", true)]
    [InlineData("refs/heads/main", "refs/heads/mai", false)]
    [InlineData("refs/heads/mai", "refs/heads/main", false)]
    [InlineData("refs/heads/Main", "refs/heads/main", false)]
    [InlineData("a.b", "a?b", false)]
    [InlineData("", "*", true)]
    [InlineData("", "", true)]
    [InlineData("x", "", false)]
    [InlineData("aXbXc", "a*b*c", true)]
    [InlineData("aXbX", "a*b*c", false)]
    public void Matches_Star_StandsForAnyText(string text, string pattern, bool expected) => Assert.Equal(expected, AccessPlanner.Matches(text, pattern));

    // A pattern that is made to take long must not.
    [Fact]
    public void Matches_MaliciousPattern_IsQuick() =>
        Assert.False(AccessPlanner.Matches(new string('a', 1000), string.Concat(Enumerable.Repeat("a*", 120)) + "b"));

    public sealed record RunChange
    {
        internal RunChange(Func<RunIdentity, RunIdentity> of) => Of = of;

        internal Func<RunIdentity, RunIdentity> Of { get; }
    }
}
