namespace Operator.Runtime.Controllers;

/// <summary>
/// Brings one object, and what belongs to it, closer to what is declared.
/// <list type="bullet">
/// <item>The key is all it gets. It does not say what happened, how often, or whether the object still exists: look.</item>
/// <item>It is level-triggered: what it does depends on the state it finds alone, so that missed, doubled and reordered
/// events do no harm, and doing it twice changes nothing.</item>
/// <item>It may be killed between any two calls it makes; the next pass, perhaps in another process, goes on from there.</item>
/// <item>The same key is never worked on twice at once in one process; different keys are.</item>
/// <item>An exception means: again, after a delay that grows from milliseconds to minutes, for ever. No result then counts.
/// <see cref="TerminalReconcileException"/> alone is not retried; a conflict (409) is, without noise.</item>
/// <item>Waiting is not failing: return <see cref="ReconcileResult.After"/>.</item>
/// </list>
/// </summary>
public interface IReconciler
{
    /// <summary>Makes one pass.</summary>
    /// <param name="key">Which object.</param>
    /// <param name="cancellationToken">Cancelled when the pass takes too long, leadership is lost or the process must end.</param>
    Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken);
}

/// <summary>When a pass that did not fail wants to run again by itself.</summary>
/// <param name="RequeueAfter">The delay; null waits for the next event.</param>
public readonly record struct ReconcileResult(TimeSpan? RequeueAfter)
{
    /// <summary>Nothing more to do until something changes.</summary>
    public static ReconcileResult Done => default;

    /// <summary>Look again after a delay, whatever happens meanwhile.</summary>
    public static ReconcileResult After(TimeSpan delay) => new(delay);

    /// <summary>Look again after the shortest of several delays; null ones do not count.</summary>
    public static ReconcileResult AfterSoonest(params ReadOnlySpan<TimeSpan?> delays)
    {
        TimeSpan? soonest = null;
        foreach (var delay in delays)
        {
            soonest = soonest is null || delay < soonest ? delay ?? soonest : soonest;
        }

        return new(soonest);
    }
}

/// <summary>No retry can help until the object itself changes. The loop logs and counts it, and waits for the next event.</summary>
public sealed class TerminalReconcileException(string message, Exception? innerException = null)
    : Exception(message, innerException);

/// <summary>A loop that must run in one process of many at a time, such as a sweep or a long poll.</summary>
public interface ILeaderService
{
    /// <summary>Runs while this process leads. When it throws, it is started again after a delay; when it returns, it is done.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Shows whether it comes round; null where it only waits for others.</summary>
    LoopProgress? Progress => null;
}
