using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;

namespace Operator.Tests.Demand.Webhooks;

public sealed class ServingPoolTests
{
    private readonly WebhookDemandFixture _fixture = new();

    // The label in runs-on selects the pool.
    [Theory]
    [InlineData("linux-large", true)]
    [InlineData("Linux-LARGE", true)]
    [InlineData("self-hosted,linux-large", true)]
    [InlineData("self-hosted,Linux,X64,linux-large,gpu", true)]
    [InlineData("gpu,linux-large", true)]
    [InlineData("self-hosted", true)]
    [InlineData("linux-large,arm64", false)]
    [InlineData("windows,linux-large", false)]
    [InlineData("linux-large,other", false)]
    [InlineData("ubuntu-latest", false)]
    [InlineData("", false)]
    public void Choose_ByLabels_AsGitHubDoes(string labels, bool serves)
    {
        _fixture.AddPool(labels: ["linux-large", "gpu"]);

        var chosen = ServingPool.Choose(_fixture.Pools.List(), WebhookDemandFixture.Site, labels.Split(',', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(serves, chosen is not null);
    }

    [Theory]
    [InlineData("https://github.com/my-org", null, true)]
    [InlineData("https://github.com/MY-ORG", null, true)]
    [InlineData("https://github.com/my-org/app", null, true)]
    [InlineData("https://github.com/my-org/other", null, false)]
    [InlineData("https://github.com/my-org2", null, false)]
    [InlineData("https://ghes.example.com/my-org", null, false)]
    [InlineData("https://github.com/enterprises/big", "big", true)]
    [InlineData("https://github.com/enterprises/big", "other", false)]
    [InlineData("https://github.com/enterprises/big", null, false)]
    public void Choose_ByPlace_OnlyPoolsAboveTheRepository(string url, string? enterprise, bool serves)
    {
        _fixture.AddPool(url: url);

        Assert.Equal(serves, ServingPool.Choose(_fixture.Pools.List(), WebhookDemandFixture.Site with { Enterprise = enterprise }, ["linux-large"]) is not null);
    }

    [Fact]
    public void Choose_OfSeveral_NearestThenFewestLabelsThenName()
    {
        var site = WebhookDemandFixture.Site with { Enterprise = "big" };
        string? Chosen() => ServingPool.Choose(_fixture.Pools.List(), site, ["linux-large"])?.Key.Name;

        _fixture.AddPool("a-enterprise", "https://github.com/enterprises/big");
        Assert.Equal("a-enterprise", Chosen());
        _fixture.AddPool("b-org-many", labels: ["linux-large", "gpu"]);
        Assert.Equal("b-org-many", Chosen());
        _fixture.AddPool("d-org");
        Assert.Equal("d-org", Chosen());
        _fixture.AddPool("c-org");
        Assert.Equal("c-org", Chosen());
        _fixture.AddPool("z-repository", "https://github.com/my-org/app", labels: ["linux-large", "gpu", "more"]);
        Assert.Equal("z-repository", Chosen());
    }

    [Theory]
    [InlineData(DemandSource.ScaleSet)]
    [InlineData(DemandSource.LeasesOnly)]
    public void List_PoolsWithOtherDemand_AreNotServed(DemandSource demand)
    {
        _fixture.AddPool(demand: demand);

        Assert.Empty(_fixture.Pools.List());
    }

    [Fact]
    public async Task StateOf_TwoPoolsAlike_NamesTheWinner()
    {
        var (first, second) = (_fixture.AddPool("a"), _fixture.AddPool("b", labels: ["LINUX-large", "self-hosted"]));
        await _fixture.Secrets.RefreshAsync(default);

        Assert.Equal((true, "SharedLabels"), (_fixture.Status.StateOf(first).IsOpen, _fixture.Status.StateOf(first).Reason));
        Assert.Equal((false, "LabelsTaken"), (_fixture.Status.StateOf(second).IsOpen, _fixture.Status.StateOf(second).Reason));
        Assert.Contains("'default/a'", _fixture.Status.StateOf(second).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StateOf_FromOpeningToReady_WakesThePool()
    {
        var pool = _fixture.AddPool();
        Assert.Null(_fixture.Status.StateOf(pool).IsOpen);
        await _fixture.Secrets.RefreshAsync(default);
        var place = Assert.Single(ResyncTarget.Group(_fixture.Pools.List()));

        _fixture.Status.Checked(place, problem: null);
        Assert.Equal((true, "Ready"), (_fixture.Status.StateOf(pool).IsOpen, _fixture.Status.StateOf(pool).Reason));
        _fixture.Status.Checked(place, problem: null);
        Assert.Equal(["runners"], _fixture.Woken.Select(key => key.Name));

        _fixture.Status.Checked(place, new("GitHubForbidden", "no"));
        Assert.Equal((true, "ResyncForbidden"), (_fixture.Status.StateOf(pool).IsOpen, _fixture.Status.StateOf(pool).Reason));
        Assert.Equal(2, _fixture.Woken.Count);
    }

    [Fact]
    public async Task StateOf_NoSecret_SaysWhatToAdd()
    {
        _fixture.Api.SetSecret(new("default", "bare"), ("github_token", "t"));
        var pool = _fixture.AddPool(secret: "bare");
        await _fixture.Secrets.RefreshAsync(default);

        var state = _fixture.Status.StateOf(pool);

        Assert.Equal((false, "WebhookSecretMissing"), (state.IsOpen, state.Reason));
        Assert.Contains(WebhookSecrets.Key, state.Message, StringComparison.Ordinal);
    }
}
