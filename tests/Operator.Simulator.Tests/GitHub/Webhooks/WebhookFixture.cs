using Operator.Simulator.GitHub;

namespace Operator.Simulator.Tests.GitHub.Webhooks;

/// <summary>A simulated GitHub and a receiver of its webhooks.</summary>
public abstract class WebhookFixture : GitHubFixture, IAsyncLifetime
{
    protected const string Secret = "It's a Secret to Everybody";

    protected override SimulatedGitHubOptions Options { get; } = new() { PickUpDelay = TimeSpan.FromSeconds(2) };

    protected WebhookReceiver Receiver { get; private set; } = null!;

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Receiver = await WebhookReceiver.StartAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await Receiver.DisposeAsync();
    }

    /// <summary>Lets deliveries arrive.</summary>
    protected Task SettleAsync() => Eventually.IsTrueAsync(() => GitHub.Webhooks.UnderWay == 0, "no delivery is under way");

    protected async Task<long> AddHookAsync()
    {
        var id = GitHub.Webhooks.Add(Org, Receiver.Address, Secret);
        await SettleAsync();
        return id;
    }
}
