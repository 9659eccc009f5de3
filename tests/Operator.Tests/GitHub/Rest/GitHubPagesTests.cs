using Operator.GitHub.Rest;

namespace Operator.Tests.GitHub.Rest;

public sealed class GitHubPagesTests
{
    private readonly StubGitHub _stub = new();

    [Fact]
    public async Task ListRunners_SeveralPages_ReadsAllOfThem()
    {
        _stub.On(Page(1), 200, Runners(3, 1, 2), Next).On(Page(2), 200, Runners(3, 3));

        Assert.Equal([1, 2, 3], await ListAsync());
    }

    [Fact]
    public async Task ListRunners_Unchanged_AsksWithTheETagsAndUsesWhatItKnows()
    {
        _stub.On(Page(1), 200, Runners(3, 1, 2), Next, ("ETag", "W/\"one\"")).On(Page(1), 304)
            .On(Page(2), 200, Runners(3, 3), ("ETag", "\"two\"")).On(Page(2), 304);
        await ListAsync();

        Assert.Equal([1, 2, 3], await ListAsync());
        Assert.Equal("W/\"one\"", _stub.Sent[2].Headers["If-None-Match"]);
        Assert.Equal("\"two\"", _stub.Sent[3].Headers["If-None-Match"]);
        Assert.Equal(4, _stub.Sent.Count);
    }

    [Fact]
    public async Task ListRunners_OnePageChanged_MixesOldAndNew()
    {
        _stub.On(Page(1), 200, Runners(3, 1, 2), Next, ("ETag", "\"one\"")).On(Page(1), 304)
            .On(Page(2), 200, Runners(3, 3), ("ETag", "\"two\"")).On(Page(2), 200, Runners(3, 4), ("ETag", "\"new\""));
        await ListAsync();

        Assert.Equal([1, 2, 4], await ListAsync());
    }

    [Fact]
    public async Task ListRunners_ShrunkToOnePage_ForgetsTheOthers()
    {
        _stub.On(Page(1), 200, Runners(3, 1, 2), Next, ("ETag", "\"one\"")).On(Page(1), 200, Runners(1, 1), ("ETag", "\"new\""))
            .On(Page(2), 200, Runners(3, 3), ("ETag", "\"two\""));
        await ListAsync();

        Assert.Equal([1], await ListAsync());
    }

    [Fact]
    public async Task ListRunners_OneSlippedOverThePageBorder_ReadsAgain()
    {
        // 1 was removed after page 1 was read, so 3 moved to page 1 and page 2 begins with 4.
        _stub.On(Page(1), 200, Runners(4, 1, 2), Next).On(Page(1), 200, Runners(3, 2, 3), Next)
            .On(Page(2), 200, Runners(3, 4));

        Assert.Equal([2, 3, 4], await ListAsync());
    }

    [Fact]
    public async Task ListRunners_OneOnTwoPages_IsListedOnce()
    {
        _stub.On(Page(1), 200, Runners(3, 1, 2), Next).On(Page(2), 200, Runners(3, 2, 3));

        Assert.Equal([1, 2, 3], await ListAsync());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"total_count":0}""")]
    [InlineData("""{"total_count":3,"runners":null}""")]
    [InlineData("<html><body>Sign in</body></html>")]
    [InlineData("")]
    public async Task ListRunners_AnswerWithoutAList_IsNotTakenForAnEmptyOne(string body)
    {
        _stub.On(Page(1), 200, body);

        var failure = await Assert.ThrowsAsync<GitHubApiException>(ListAsync);

        Assert.Equal(GitHubErrors.UnexpectedAnswer, failure.Reason);
    }

    private static (string Name, string Value) Next => ("Link", "<https://api.github.com/x?page=2>; rel=\"next\", <https://api.github.com/x?page=2>; rel=\"last\"");

    private static string Page(int page) => $"GET /orgs/my-org/actions/runners?per_page=100&page={page}";

    private static string Runners(int total, params int[] ids) =>
        $$"""{"total_count":{{total}},"runners":[{{string.Join(',', ids.Select(id => $$"""{"id":{{id}},"name":"r{{id}}","status":"online","busy":false,"labels":[]}"""))}}]}""";

    private async Task<List<long>> ListAsync() =>
        [.. (await _stub.Client().ListRunnersAsync(StubGitHub.Organization, default)).Select(runner => runner.Id)];
}
