using System.Net;

namespace Operator.Simulator.Tests.GitHub;

public sealed class FaultTests : GitHubFixture
{
    [Fact]
    public async Task Error_Injected_TakesThePlaceOfTheCall()
    {
        Faults.On("github:GenerateJitConfig").Error(429, "slow down", retryAfter: TimeSpan.FromSeconds(7)).Times(1);

        using var refused = await PostJitAsync(Org, "r-1", "large");
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(7)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        Assert.Empty(GitHub.Runners);
        await RegisterAsync("r-1", "large");
        Assert.Equal(2, Calls.Count("github:GenerateJitConfig"));
    }

    [Fact]
    public async Task Cut_Injected_LeavesNoEffect()
    {
        Faults.On("github:*").Cut().Times(1);

        await Assert.ThrowsAsync<HttpRequestException>(() => PostJitAsync(Org, "r-1", "large"));
        Assert.Empty(GitHub.Runners);
    }

    [Fact]
    public async Task LoseAnswer_Injected_LeavesTheEffect()
    {
        Faults.On("github:GenerateJitConfig").LoseAnswer().Times(1);

        await Assert.ThrowsAsync<HttpRequestException>(() => PostJitAsync(Org, "r-1", "large"));
        Assert.Equal("r-1", Assert.Single(GitHub.Runners).Name);
    }
}
