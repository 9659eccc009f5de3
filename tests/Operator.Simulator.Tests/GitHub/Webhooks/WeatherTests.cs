using Operator.Simulator.GitHub;

namespace Operator.Simulator.Tests.GitHub.Webhooks;

public sealed class WeatherTests : WebhookFixture
{
    [Fact]
    public async Task Loss_Certain_NothingArrivesButAllIsListed()
    {
        var hook = await AddHookAsync();
        GitHub.Webhooks.Weather = new() { Loss = 1 };
        await QueueAsync(3);

        Assert.Empty(Receiver.Of("workflow_job"));
        var failed = (await GetAsync($"{Org}/hooks/{hook}/deliveries?status=failure")).EnumerateArray().ToList();
        Assert.Equal((3, 504), (failed.Count(item => item.GetProperty("event").GetString() == "workflow_job"), failed[0].GetProperty("status_code").GetInt32()));
    }

    [Fact]
    public async Task Vanishing_Certain_NoListKnowsOfAnything()
    {
        await AddHookAsync();
        GitHub.Webhooks.Weather = new() { Vanishing = 1 };
        await QueueAsync(3);

        Assert.Equal("ping", Assert.Single(GitHub.Webhooks.Deliveries).Event);
        Assert.Single(Receiver.Received);
    }

    [Fact]
    public async Task Duplication_Certain_EveryDeliveryArrivesTwiceUnderOneGuid()
    {
        await AddHookAsync();
        GitHub.Webhooks.Weather = new() { Duplication = 1 };
        await QueueAsync(3);

        Assert.Equal([2, 2, 2], Receiver.Of("workflow_job").GroupBy(item => item.Delivery).Select(group => group.Count()));
    }

    [Fact]
    public async Task Reordering_Half_LaterDeliveriesOvertake()
    {
        await AddHookAsync();
        GitHub.Webhooks.Weather = new() { Reordering = 0.5, HoldBack = TimeSpan.FromMinutes(1) };
        var jobs = await QueueAsync(20);

        // In steps that are shorter than the time that a receiver has.
        for (var second = 0; second < 60; second++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await SettleAsync();
        }

        var arrived = Receiver.Of("workflow_job").Select(item => item.Json.GetProperty("workflow_job").GetProperty("id").GetInt64()).ToList();
        Assert.Equal(jobs.Order(), arrived.Order());
        Assert.NotEqual(jobs, arrived);
    }

    [Fact]
    public async Task Replay_Certain_OldDeliveriesComeAgain()
    {
        await AddHookAsync();
        await QueueAsync(5);
        GitHub.Webhooks.Weather = new() { Replay = 1 };
        await QueueAsync(5);

        // A ping, the run and ten jobs; and one more for each of the last five.
        Assert.Equal(1 + 1 + 10 + 5, Receiver.Received.Count);
        Assert.Equal(12, Receiver.Received.Select(item => item.Delivery).Distinct().Count());
    }

    [Fact]
    public async Task Weather_SameSeed_IsTheSame()
    {
        await using var other = await SimulatedGitHub.StartAsync(new SimulationGround(Clock), Options);
        other.AddRepository(Repo);
        foreach (var github in (SimulatedGitHub[])[GitHub, other])
        {
            github.Webhooks.Add(Org, Receiver.Address, Secret);
            github.Webhooks.Weather = new() { Loss = 0.5, Vanishing = 0.2 };
            for (var i = 0; i < 20; i++)
            {
                github.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1));
            }

            await Eventually.IsTrueAsync(() => github.Webhooks.UnderWay == 0, "nothing is under way");
        }

        Assert.Equal(GitHub.Webhooks.Deliveries, other.Webhooks.Deliveries);
        Assert.Contains(other.Webhooks.Deliveries, delivery => delivery.StatusCode == 504);
    }

    [Theory]
    [InlineData(false, 0, 502)]
    [InlineData(true, 1, 504)]
    public async Task Fault_OfOneDelivery_IsOneLine(bool afterwards, int arrived, int code)
    {
        await AddHookAsync();
        _ = afterwards ? Faults.On("webhook:workflow_job").LoseAnswer().Times(1) : Faults.On("webhook:workflow_job").Cut().Times(1);
        await QueueAsync(1);

        Assert.Equal(arrived, Receiver.Of("workflow_job").Count);
        Assert.Equal(code, GitHub.Webhooks.Deliveries[^1].StatusCode);
    }

    private async Task<IReadOnlyList<long>> QueueAsync(int count)
    {
        var jobs = new List<long>();
        for (var i = 0; i < count; i++)
        {
            jobs.Add(GitHub.QueueJob(Repo, ["large"], TimeSpan.FromMinutes(1), runId: 1).Id);
        }

        await SettleAsync();
        return jobs;
    }
}
