namespace Operator.Runtime.Informers;

/// <summary>Extensions of informers.</summary>
public static class InformerExtensions
{
    /// <summary>
    /// Calls back for everything in the store as if it were new, then after each change, until the result is disposed. Concurrent changes
    /// may be reported twice, but are never missed.
    /// </summary>
    /// <param name="informer">The informer.</param>
    /// <param name="handler">See <see cref="IInformer{T}.AddHandler"/>.</param>
    public static IDisposable Follow<T>(this IInformer<T> informer, Action<T?, T?> handler)
        where T : class, IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(informer);
        ArgumentNullException.ThrowIfNull(handler);
        var subscription = informer.AddHandler(handler);
        foreach (var item in informer.Store.List())
        {
            handler(null, item);
        }

        return subscription;
    }
}
