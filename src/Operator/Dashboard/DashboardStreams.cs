using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Hosting;
using Operator.Dashboard.Access;

namespace Operator.Dashboard;

/// <summary>Streams of overviews: one after each change, batched, and one after the keep-alive time in any case.</summary>
/// <param name="reader">Reads the overview.</param>
/// <param name="journal">Tells of changes.</param>
/// <param name="access">Whether the viewer may still look.</param>
/// <param name="options">Times and bounds.</param>
/// <param name="clock">The clock of the network.</param>
/// <param name="lifetime">Ends all streams.</param>
internal sealed class DashboardStreams(
    DashboardReader reader, DashboardJournal journal, ViewerAccess access, DashboardOptions options, DashboardClock clock, IHostApplicationLifetime lifetime)
{
    private int _open;

    /// <summary>Takes a place; null if all are taken.</summary>
    public IDisposable? Begin()
    {
        if (Interlocked.Increment(ref _open) <= options.Streams)
        {
            return new Place(this);
        }

        Interlocked.Decrement(ref _open);
        return null;
    }

    /// <summary>The messages of one stream, until its viewer leaves, may no longer look, or the process stops.</summary>
    /// <param name="token">The viewer's token.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(string? token, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        while (!either.IsCancellationRequested)
        {
            var (_, changed) = journal.Current;
            if ((await access.AdmitAsync(token, either.Token)).Viewer is not { } viewer)
            {
                yield break;
            }

            yield return new SseItem<string>(Encoding.UTF8.GetString(reader.Overview(viewer)), "overview");
            if (!await WaitAsync(changed, either.Token))
            {
                yield break;
            }
        }
    }

    // Until there is something to tell. False once there is nobody to tell it to.
    private async Task<bool> WaitAsync(Task changed, CancellationToken cancellationToken)
    {
        var began = clock.Time.GetTimestamp();
        try
        {
            await changed.WaitAsync(options.KeepAlive, clock.Time, cancellationToken);
            if (options.Batch - clock.Time.GetElapsedTime(began) is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, clock.Time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            // Nothing has changed: the message keeps the connection.
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        return true;
    }

    private sealed class Place(DashboardStreams streams) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref streams._open);
    }
}

/// <summary>The clock that streams are timed by: a simulated clock that runs faster must not send faster.</summary>
internal sealed record DashboardClock(TimeProvider Time);
