using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>Re-reads the webhook secrets on every replica: periodically, and when a pool switches to another Secret.</summary>
internal sealed class WebhookSecretsRefresher(
    WebhookSecrets secrets, IInformer<V1Alpha1RunnerPool> pools, LoopSupervisor loops, TimeProvider timeProvider) : BackgroundService
{
    /// <summary>A changed secret takes effect within a minute.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(45);

    /// <summary>Each read of a Secret has the API client's time-out.</summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromMinutes(20);

    private readonly LoopProgress _progress = new(timeProvider, Hanging);
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        loops.RunAsync(nameof(WebhookSecretsRefresher), subject: null, RefreshAsync, stoppingToken, _progress);

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await pools.WaitForSyncAsync(cancellationToken);
        using var changes = pools.AddHandler(OnPoolChanged);
        while (!cancellationToken.IsCancellationRequested)
        {
            _progress.ComeRound();
            await secrets.ReadAgainAsync(cancellationToken);
            using var period = new CancellationTokenSource(Period, timeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(period.Token, cancellationToken);
            await ((Task)_changed.Reader.WaitToReadAsync(either.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _changed.Reader.TryRead(out _);
        }
    }

    private void OnPoolChanged(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after)
    {
        if (after is not null && !secrets.IsRead(after))
        {
            _changed.Writer.TryWrite(true);
        }
    }
}
