using System.Threading.Channels;
using Operator.Simulator.Network;
using Operator.Simulator.Time;
using Operator.Simulator.World;

namespace Operator.Simulator.Tests.World;

/// <summary>The driver waits for everything that can still happen, and for nothing else.</summary>
public sealed class WorldDriverTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private SimulatedWorld _world = null!;

    public async Task InitializeAsync() =>
        _world = await SimulatedWorld.StartAsync(new() { Clock = _clock, Network = await MemoryNetwork.CreateAsync() }, CancellationToken.None);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    public static TheoryData<string> Hops => ["yield", "pool", "channel", "computation", "manual timer"];

    [Theory]
    [MemberData(nameof(Hops))]
    public async Task Settle_AChainOfContinuations_IsOverAfterwards(string hop)
    {
        var driver = new WorldDriver(_world, _clock);
        for (var round = 0; round < 20; round++)
        {
            var chains = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ChainAsync(hop))).ToList();

            await driver.SettleAsync();

            Assert.All(chains, chain => Assert.True(chain.IsCompletedSuccessfully));
        }
    }

    [Fact]
    public async Task Settle_WhatWaitsForTheClock_IsNotWaitedFor()
    {
        var driver = new WorldDriver(_world, _clock);
        var sleeper = Task.Run(() => Task.Delay(TimeSpan.FromSeconds(1), _clock));

        await driver.SettleAsync();
        Assert.False(sleeper.IsCompleted);

        await driver.RunForAsync(TimeSpan.FromSeconds(1));
        Assert.True(sleeper.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("yield")]
    [InlineData("pool")]
    [InlineData("channel")]
    public async Task Settle_SomethingSpins_FailsInBoundedTime(string hop)
    {
        var driver = new WorldDriver(_world, _clock) { Patience = TimeSpan.FromMilliseconds(500) };
        using var stop = new CancellationTokenSource();
        var spinning = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await HopAsync(hop);
            }
        });

        var failure = await Assert.ThrowsAsync<TimeoutException>(driver.SettleAsync);

        Assert.Contains("does not come to rest", failure.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        await spinning;
    }

    private async Task ChainAsync(string hop)
    {
        for (var i = 0; i < 200; i++)
        {
            await HopAsync(hop);
        }
    }

    private async Task HopAsync(string hop)
    {
        switch (hop)
        {
            case "yield":
                await Task.Yield();
                break;
            case "pool":
                await Task.Run(() => { });
                break;
            case "channel":
                var channel = Channel.CreateUnbounded<int>();
                var reading = channel.Reader.ReadAsync();
                _ = Task.Run(() => channel.Writer.TryWrite(1));
                await reading;
                break;
            case "manual timer":
                await Task.Delay(TimeSpan.Zero, _clock);
                await Task.Yield();
                break;
            default:
                Thread.SpinWait(1_000);
                break;
        }
    }
}
