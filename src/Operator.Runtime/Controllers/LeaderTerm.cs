namespace Operator.Runtime.Controllers;

/// <summary>What works while this process leads: made when its term begins, disposed when that has ended, so that nothing is carried over to the next.</summary>
public sealed class LeaderTerm : IAsyncDisposable
{
    /// <summary>The controllers; their sources have started.</summary>
    public required IReadOnlyList<Controller> Controllers { get; init; }

    /// <summary>The other loops.</summary>
    public IReadOnlyList<ILeaderService> Services { get; init; } = [];

    /// <summary>Other sources that have started; they end before the scope.</summary>
    public IReadOnlyList<IDisposable> Sources { get; init; } = [];

    /// <summary>Holds what all of them use; null for nothing.</summary>
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
