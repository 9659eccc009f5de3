using Operator.Runtime.Client;

namespace Operator.Runtime.Informers;

/// <summary>What the manager needs of an informer, whatever its kind.</summary>
public interface IInformer
{
    /// <summary>The kind it follows.</summary>
    string Kind { get; }

    /// <summary>Whether the store has been filled once.</summary>
    bool HasSynced { get; }

    /// <summary>The version up to which everything is in the store and has been handed to the handlers.</summary>
    string? LastResourceVersion { get; }

    /// <summary>When the API server has last told of the kind, by a list, a change or a bookmark, of which there is one a minute; null before the first list.</summary>
    DateTimeOffset? LastEventAt { get; }

    /// <summary>What is wrong with the connection at present, or null.</summary>
    string? LastError { get; }

    /// <summary>Follows the objects until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Ends once <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);
}

/// <summary>Keeps a store of the objects of a kind up to date.</summary>
public interface IInformer<T> : IInformer
    where T : class, IKubernetesObject
{
    /// <summary>The objects.</summary>
    IStore<T> Store { get; }

    /// <summary>
    /// The objects that are there but cannot be read. They are not in the store; what works from the absence of an object,
    /// as a sweep does, must look here too.
    /// </summary>
    IReadOnlyCollection<MalformedObject> MalformedObjects { get; }

    /// <summary>
    /// Calls back after each change with the object before it (null: new) and after it (null: gone), until what is returned is disposed.
    /// Handlers must be quick. What is in the store already is not repeated; <see cref="InformerExtensions.Follow"/> does.
    /// </summary>
    IDisposable AddHandler(Action<T?, T?> handler);
}
