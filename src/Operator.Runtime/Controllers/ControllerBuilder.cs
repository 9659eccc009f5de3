using Operator.Runtime.Informers;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Controllers;

/// <summary>Says which changes make a controller look at which keys.</summary>
/// <param name="name">The controller's name, such as <c>runner.lifecycle</c>.</param>
/// <param name="options">How it works.</param>
/// <param name="environment">Time, randomness, logs and metrics.</param>
public sealed class ControllerBuilder(string name, ControllerOptions options, RuntimeEnvironment environment)
{
    private readonly List<Func<WorkQueue<NamespacedName>, IDisposable>> _sources = [];

    /// <summary>A change of an object of the controller's own kind is a reason to look at it.</summary>
    /// <param name="informer">The kind.</param>
    /// <param name="where">Which changes (before, after) count; null means all.</param>
    public ControllerBuilder For<T>(IInformer<T> informer, Func<T?, T?, bool>? where = null)
        where T : class, IKubernetesObject => Watches(informer, item => [NamespacedName.From(item)], where);

    /// <summary>A change of another kind's object is a reason to look at the keys that it maps to, as it was and as it is.</summary>
    /// <param name="informer">The other kind.</param>
    /// <param name="keysOf">The keys of one object; pure.</param>
    /// <param name="where">Which changes (before, after) count; null means all.</param>
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

            // An object that moved from one owner to another concerns both; the queue drops what is named twice.
            AddAll(queue, before, keysOf);
            AddAll(queue, after, keysOf);
        }));
        return this;
    }

    /// <summary>
    /// Makes the controller and starts its sources: what the stores hold is queued, then whatever changes, until the controller is disposed.
    /// </summary>
    /// <param name="reconciler">Makes the passes.</param>
    /// <param name="queue">Where others add keys, too; null makes one. The controller disposes it.</param>
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
