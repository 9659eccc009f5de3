using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes;

/// <summary>The open watches of a simulated cluster. Resources are named as in <see cref="KubernetesObjects"/>.</summary>
public sealed class KubernetesWatches
{
    private readonly Cluster _cluster;

    internal KubernetesWatches(Cluster cluster) => _cluster = cluster;

    /// <summary>How many watches are open.</summary>
    /// <param name="resource">Only this resource, if given.</param>
    public int Count(string? resource = null)
    {
        lock (_cluster.Lock)
        {
            return _cluster.Store.Watches(TypeOf(resource)).Count;
        }
    }

    /// <summary>Whether everything up to a version was written to every open watch that it concerns.</summary>
    /// <param name="resourceVersion">The version.</param>
    public bool AllSent(long resourceVersion)
    {
        lock (_cluster.Lock)
        {
            return _cluster.Store.AllSent(resourceVersion);
        }
    }

    /// <summary>Waits until <see cref="AllSent"/>.</summary>
    /// <param name="resourceVersion">The version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WhenAllSentAsync(long resourceVersion, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (_cluster.Lock)
            {
                if (_cluster.Store.AllSent(resourceVersion))
                {
                    return;
                }

                next = _cluster.Store.NextSent;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Hides the next changes from currently open watches. A watch that starts from an earlier version sees them.</summary>
    /// <param name="count">How many changes.</param>
    /// <param name="resource">Only this resource, if given.</param>
    public void DropNextWatchEvents(int count, string? resource = null)
    {
        lock (_cluster.Lock)
        {
            _cluster.Store.HideNextChanges(count, TypeOf(resource)?.Plural);
        }
    }

    /// <summary>
    /// Stops sending events to watches opened from now on, like an API server whose watch cache hangs: their clients continue with the old
    /// state.
    /// </summary>
    /// <param name="resource">On this resource.</param>
    public void HoldNewWatches(string resource)
    {
        lock (_cluster.Lock)
        {
            _cluster.Store.Collection(TypeOf(resource)!).HoldsNewWatches = true;
        }
    }

    /// <summary>Sends them everything they have missed.</summary>
    /// <param name="resource">On this resource.</param>
    public void Release(string resource)
    {
        lock (_cluster.Lock)
        {
            _cluster.Store.Collection(TypeOf(resource)!).Release();
        }
    }

    /// <summary>Cuts the connections of open watches abruptly.</summary>
    /// <param name="resource">Only this resource, if given.</param>
    public void CutWatches(string? resource = null)
    {
        IReadOnlyList<ObjectWatch> watches;
        lock (_cluster.Lock)
        {
            watches = _cluster.Store.Watches(TypeOf(resource));
        }

        foreach (var watch in watches)
        {
            watch.Cut();
        }
    }

    private ResourceType? TypeOf(string? resource) => resource is null ? null : _cluster.Resources.Named(resource);
}
