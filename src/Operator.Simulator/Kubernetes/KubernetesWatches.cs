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
    /// <param name="resource">On this resource only, if given.</param>
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

    /// <summary>Hides the next changes from the watches that are open then. A watch that begins anew from before sees them.</summary>
    /// <param name="count">How many changes.</param>
    /// <param name="resource">Of this resource only, if given.</param>
    public void DropNextWatchEvents(int count, string? resource = null)
    {
        lock (_cluster.Lock)
        {
            _cluster.Store.HideNextChanges(count, TypeOf(resource)?.Plural);
        }
    }

    /// <summary>
    /// Tells the watches that are opened from now on of nothing that happens after, as an API server does whose watch cache hangs: who opens one
    /// goes on with what was.
    /// </summary>
    /// <param name="resource">On this resource.</param>
    public void HoldNewWatches(string resource)
    {
        lock (_cluster.Lock)
        {
            _cluster.Store.Collection(TypeOf(resource)!).HoldsNewWatches = true;
        }
    }

    /// <summary>Tells them all that they have missed.</summary>
    /// <param name="resource">On this resource.</param>
    public void Release(string resource)
    {
        lock (_cluster.Lock)
        {
            _cluster.Store.Collection(TypeOf(resource)!).Release();
        }
    }

    /// <summary>Cuts the connections of open watches, without a word.</summary>
    /// <param name="resource">On this resource only, if given.</param>
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
