using Operator.Runtime.Client;

namespace Operator.Runtime.Informers;

/// <summary>
/// Follows a kind in some namespaces with one informer each: watching all namespaces requires a permission that an operator restricted to a
/// few does not have.
/// </summary>
public sealed class NamespacedInformers<T> : IInformer<T>
    where T : class, IKubernetesObject
{
    private readonly Informer<T>[] _informers;

    /// <summary>Creates the informers, which do nothing until <see cref="RunAsync"/>.</summary>
    /// <param name="client">The API server.</param>
    /// <param name="namespaces">The namespaces; at least one, no duplicates.</param>
    /// <param name="options">Options of each informer; the namespace is ignored.</param>
    /// <param name="environment">Time, randomness, logs and metrics.</param>
    public NamespacedInformers(
        IKubernetesClient client, IReadOnlyCollection<string> namespaces, InformerOptions options, RuntimeEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(namespaces);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(namespaces.Count, nameof(namespaces));
        var byName = namespaces.ToDictionary(
            name => name, name => new Informer<T>(client, options with { Namespace = name }, environment), StringComparer.Ordinal);
        _informers = [.. byName.Values];
        Store = new NamespacedStore<T>(byName.ToDictionary(pair => pair.Key, pair => pair.Value.Store, StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public string Kind => ResourceKind<T>.Kind;

    /// <inheritdoc/>
    public IStore<T> Store { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<MalformedObject> MalformedObjects => [.. _informers.SelectMany(informer => informer.MalformedObjects)];

    /// <inheritdoc/>
    public bool HasSynced => _informers.All(informer => informer.HasSynced);

    /// <inheritdoc/>
    /// <remarks>The oldest of them: everything up to it is known in each namespace.</remarks>
    public string? LastResourceVersion => _informers
        .Select(informer => informer.LastResourceVersion)
        .Aggregate((oldest, version) => oldest is null || version is null ? null : ResourceVersions.IsNewer(oldest, version) ? version : oldest);

    /// <inheritdoc/>
    /// <remarks>The longest ago of them.</remarks>
    public DateTimeOffset? LastEventAt => _informers.All(informer => informer.HasSynced) ? _informers.Min(informer => informer.LastEventAt) : null;

    /// <inheritdoc/>
    public string? LastError => _informers.Select(informer => informer.LastError).FirstOrDefault(error => error is not null);

    /// <inheritdoc/>
    public IDisposable AddHandler(Action<T?, T?> handler)
    {
        var subscriptions = Array.ConvertAll(_informers, informer => informer.AddHandler(handler));
        return new Subscription(() => Array.ForEach(subscriptions, subscription => subscription.Dispose()));
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(_informers.Select(async informer =>
        {
            try
            {
                await informer.RunAsync(together.Token);
            }
            catch
            {
                await together.CancelAsync(); // otherwise the failure would go unnoticed until the others end
                throw;
            }
        }));
    }

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_informers.Select(informer => informer.WaitForSyncAsync(cancellationToken)));
}
