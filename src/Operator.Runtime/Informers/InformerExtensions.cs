namespace Operator.Runtime.Informers;

/// <summary>Ways to listen to an informer that runs already.</summary>
public static class InformerExtensions
{
    /// <summary>
    /// Calls back with everything in the store as if it were new, then after each change, until what is returned is disposed. What changes meanwhile may be
    /// told twice, never not at all.
    /// </summary>
    /// <param name="informer">Whom to listen to.</param>
    /// <param name="handler">As of <see cref="IInformer{T}.AddHandler"/>.</param>
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
