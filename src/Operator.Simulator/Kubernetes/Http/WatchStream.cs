using Microsoft.AspNetCore.Http;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>Serves a watch until it times out, its connection is cut, or its version is compacted.</summary>
internal sealed class WatchStream(Cluster cluster, ResourceType type, WatchQuery query, ObjectTable? table)
{
    private readonly ObjectCollection _collection = cluster.Store.Collection(type);

    public async Task ServeAsync(HttpContext http, CancellationToken stopping)
    {
        http.Response.ContentType = "application/json";
        await http.Response.StartAsync(http.RequestAborted);
        var frames = new WatchFrames(type, query.Selection, table, http.Response.BodyWriter);
        var watch = Open(frames, http.Abort);
        try
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
            await FollowAsync(http, watch, frames, ends.Token);
        }
        catch (OperationCanceledException)
        {
            // Cut from this side or from the other: a watch has no other way to end early.
            http.Abort();
        }
        finally
        {
            lock (cluster.Lock)
            {
                cluster.Store.CloseWatch(_collection, watch);
            }
        }
    }

    private ObjectWatch Open(WatchFrames frames, Action cut)
    {
        lock (cluster.Lock)
        {
            if (!query.BeginsWithAll)
            {
                return cluster.Store.OpenWatch(_collection, query.From, cut);
            }

            foreach (var item in _collection.Objects.Where(query.Selection.Matches))
            {
                frames.WriteInitial(item);
            }

            if (query.WantsInitialEvents && query.WantsBookmarks)
            {
                frames.WriteBookmark(cluster.Store.Revision, endsInitialEvents: true);
            }

            return cluster.Store.OpenWatch(_collection, cluster.Store.Revision, cut);
        }
    }

    private async Task FollowAsync(HttpContext http, ObjectWatch watch, WatchFrames frames, CancellationToken cancellationToken)
    {
        await using var timers = new WatchTimers(cluster.TimeProvider, watch, query);
        while (TryWriteChanges(watch, frames, out var revision))
        {
            if (timers.TakeBookmark())
            {
                frames.WriteBookmark(revision);
            }

            var isOver = timers.IsOver;
            await http.Response.BodyWriter.FlushAsync(cancellationToken);
            MarkSent(watch, revision);
            if (isOver)
            {
                return;
            }

            await watch.WaitAsync(cancellationToken);
        }

        await http.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    private bool TryWriteChanges(ObjectWatch watch, WatchFrames frames, out long revision)
    {
        IReadOnlyList<Change> changes;
        lock (cluster.Lock)
        {
            // A client may request a future version; nothing is sent until it is reached.
            var until = watch.HeldAfter ?? cluster.Store.Revision;
            revision = Math.Max(until, watch.Sent);
            try
            {
                changes = [.. _collection.ChangesAfter(watch.Sent).TakeWhile(change => change.Revision <= until)];
            }
            catch (ApiException expired)
            {
                frames.WriteError(expired);
                return false;
            }
        }

        foreach (var change in changes.Where(change => change.HiddenFrom < watch.Number))
        {
            frames.Write(change);
        }

        return true;
    }

    private void MarkSent(ObjectWatch watch, long revision)
    {
        lock (cluster.Lock)
        {
            cluster.Store.MarkSent(watch, revision);
        }
    }
}
