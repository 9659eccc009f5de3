namespace Operator.Runtime.Controllers;

/// <summary>
/// Brings one object, and what belongs to it, closer to what is declared.
/// <list type="bullet">
/// <item>It only gets the key. It does not know what happened, how often, or whether the object still exists: look it up.</item>
/// <item>It is level-triggered: it acts only on the current state, so missed, duplicate and reordered events do no harm, and repeating it changes nothing.</item>
/// <item>It may be killed between any two calls; the next reconcile, perhaps in another process, continues from there.</item>
/// <item>A key is never reconciled concurrently within a process; different keys are.</item>
/// <item>An exception means: retry with a delay growing from milliseconds to minutes, forever. The result is then ignored. Only <see cref="TerminalReconcileException"/> is not retried; a conflict (409) is, without noise.</item>
/// <item>Waiting is not a failure: return <see cref="ReconcileResult.After"/>.</item>
/// </list>
/// </summary>
public interface IReconciler
{
    /// <summary>Reconciles an object once.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="cancellationToken">Cancelled when the pass takes too long, leadership is lost or the process must end.</param>
    Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken);
}

/// <summary>When a successful reconcile wants to run again.</summary>
/// <param name="RequeueAfter">The delay; null waits for the next event.</param>
public readonly record struct ReconcileResult(TimeSpan? RequeueAfter)
{
    /// <summary>Nothing more to do until something changes.</summary>
    public static ReconcileResult Done => default;

    /// <summary>Reconcile again after a delay, regardless of changes.</summary>
    public static ReconcileResult After(TimeSpan delay) => new(delay);

    /// <summary>Reconcile again after the shortest of several delays; nulls are ignored.</summary>
    public static ReconcileResult AfterSoonest(params ReadOnlySpan<TimeSpan?> delays) => new(Soonest(delays));

    /// <summary>The shortest of several delays; nulls are ignored.</summary>
    public static TimeSpan? Soonest(params ReadOnlySpan<TimeSpan?> delays)
    {
        TimeSpan? soonest = null;
        foreach (var delay in delays)
        {
            soonest = soonest is null || delay < soonest ? delay ?? soonest : soonest;
        }

        return soonest;
    }
}

/// <summary>No retry can help until the object itself changes. It is logged and counted, and retried on the next event.</summary>
public sealed class TerminalReconcileException(string message, Exception? innerException = null)
    : Exception(message, innerException);

/// <summary>A loop that must run in only one process at a time, such as a sweep or a long poll.</summary>
public interface ILeaderService
{
    /// <summary>Runs while this process is leader. Restarted after a delay if it throws; done when it returns.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Reports whether it makes progress; null if it only waits for others.</summary>
    LoopProgress? Progress => null;
}
