namespace Operator.Runtime.Controllers;

/// <summary>
/// Everything that runs while this process is leader: created when a term begins and disposed when it has ended, so that no state is
/// carried over.
/// </summary>
public sealed class LeaderTerm : IAsyncDisposable
{
    /// <summary>The controllers, with their sources started.</summary>
    public required IReadOnlyList<Controller> Controllers { get; init; }

    /// <summary>The other loops.</summary>
    public IReadOnlyList<ILeaderService> Services { get; init; } = [];

    /// <summary>Other started sources; disposed before the scope.</summary>
    public IReadOnlyList<IDisposable> Sources { get; init; } = [];

    /// <summary>Owns the services used by all of them; null for none.</summary>
    public IAsyncDisposable? Scope { get; init; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var part in Sources.Concat(Controllers))
        {
            part.Dispose();
        }

        await (Scope?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
