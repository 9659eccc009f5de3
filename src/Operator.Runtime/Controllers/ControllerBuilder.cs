using Operator.Runtime.Informers;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Controllers;

/// <summary>Configures which changes enqueue which keys of a controller.</summary>
/// <param name="name">The controller's name, such as <c>runner.lifecycle</c>.</param>
/// <param name="options">The controller's options.</param>
/// <param name="environment">Time, randomness, logs and metrics.</param>
public sealed class ControllerBuilder(string name, ControllerOptions options, RuntimeEnvironment environment)
{
    private readonly List<Func<WorkQueue<NamespacedName>, IDisposable>> _sources = [];

    /// <summary>Enqueues an object of the controller's own kind when it changes.</summary>
    /// <param name="informer">The informer.</param>
    /// <param name="where">Which changes (before, after) count; null for all.</param>
    public ControllerBuilder For<T>(IInformer<T> informer, Func<T?, T?, bool>? where = null)
        where T : class, IKubernetesObject => Watches(informer, item => [NamespacedName.From(item)], where);

    /// <summary>Enqueues the keys that an object of another kind maps to, before and after its change.</summary>
    /// <param name="informer">The informer.</param>
    /// <param name="keysOf">The keys for an object; pure.</param>
    /// <param name="where">Which changes (before, after) count; null for all.</param>
    public ControllerBuilder Watches<T>(
        IInformer<T> informer, Func<T, IEnumerable<NamespacedName>> keysOf, Func<T?, T?, bool>? where = null)
        where T : class, IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(informer);
        _sources.Add(queue => informer.Follow((before, after) =>
        {
            if (where?.Invoke(before, after) == false)
            {
                return;
            }

            // An object that moved from one owner to another concerns both; the queue removes duplicates.
            AddAll(queue, before, keysOf);
            AddAll(queue, after, keysOf);
        }));
        return this;
    }

    /// <summary>
    /// Creates the controller and starts its sources: enqueues the contents of the stores, then all changes, until the controller is
    /// disposed.
    /// </summary>
    /// <param name="reconciler">The reconciler.</param>
    /// <param name="queue">A queue that others add keys to as well; null creates one. The controller disposes it.</param>
    public Controller Build(IReconciler reconciler, WorkQueue<NamespacedName>? queue = null)
    {
        queue ??= new(name, options.BackOff, environment);
        return new(name, reconciler, queue, [.. _sources.Select(start => start(queue))], options, environment);
    }

    private static void AddAll<T>(WorkQueue<NamespacedName> queue, T? item, Func<T, IEnumerable<NamespacedName>> keysOf)
        where T : class
    {
        foreach (var key in item is null ? [] : keysOf(item))
        {
            queue.Add(key);
        }
    }
}
