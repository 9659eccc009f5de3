using Operator.Runtime.Client;

namespace Operator.Runtime.Informers;

/// <summary>The part of an informer that is independent of its kind.</summary>
public interface IInformer
{
    /// <summary>The kind.</summary>
    string Kind { get; }

    /// <summary>Whether the store has been filled.</summary>
    bool HasSynced { get; }

    /// <summary>The version up to which everything is in the store and was passed to the handlers.</summary>
    string? LastResourceVersion { get; }

    /// <summary>When the API server has last told of the kind, by a list, a change or a bookmark, of which there is one a minute; null before the first list.</summary>
    DateTimeOffset? LastEventAt { get; }

    /// <summary>What is currently wrong with the connection; null for nothing.</summary>
    string? LastError { get; }

    /// <summary>Follows the objects until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Completes once <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);
}

/// <summary>Keeps a store of a kind's objects up to date.</summary>
public interface IInformer<T> : IInformer
    where T : class, IKubernetesObject
{
    /// <summary>The objects.</summary>
    IStore<T> Store { get; }

    /// <summary>
    /// Objects that exist but cannot be read. They are not in the store; code that acts on the absence of an object, such as a sweep, must
    /// check here too.
    /// </summary>
    IReadOnlyCollection<MalformedObject> MalformedObjects { get; }

    /// <summary>
    /// Calls back after each change with the object before it (null: new) and after it (null: gone), until the result is disposed. Handlers
    /// must be quick. Existing objects are not reported; see <see cref="InformerExtensions.Follow"/>.
    /// </summary>
    IDisposable AddHandler(Action<T?, T?> handler);
}
