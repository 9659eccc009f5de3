using Operator.Entities.Conditions;

namespace Operator.Demand;

/// <summary>A check of one target.</summary>
/// <param name="Key">Identifies the target.</param>
/// <param name="Page">Its page, for messages.</param>
/// <param name="Interval">Time between two checks.</param>
internal sealed record TargetCheck(string Key, Uri Page, TimeSpan Interval)
{
    /// <summary>Checks the target.</summary>
    public required Func<CancellationToken, Task> RunAsync { get; init; }

    /// <summary>Takes in why the check failed; null if it did not.</summary>
    public required Action<ProviderException?> Checked { get; init; }

    /// <summary>Logs a failure that nothing foresaw.</summary>
    public required Action<Exception> Log { get; init; }

    /// <summary>Whether something has happened since the last check began that makes another one due.</summary>
    public Func<DateTimeOffset, bool> IsNeededSince { get; init; } = _ => false;
}

/// <summary>Checks of targets, each by itself, so that a slow or failing one delays no other. For one loop, which starts what is due.</summary>
internal sealed class TargetChecks(RuntimeEnvironment environment, LoopProgress progress)
{
    private readonly Dictionary<string, (DateTimeOffset Begun, DateTimeOffset Due, Task Task)> _last = new(StringComparer.Ordinal);

    /// <summary>Forgets all targets but some.</summary>
    /// <returns>Those that it forgot.</returns>
    public IReadOnlyList<string> KeepOnly(IEnumerable<string> keys)
    {
        var gone = _last.Keys.Except(keys, StringComparer.Ordinal).ToList();
        gone.ForEach(key => _last.Remove(key));
        return gone;
    }

    /// <summary>Starts a check that is due, unless the last one is still under way.</summary>
    public void Start(TargetCheck check, CancellationToken cancellationToken)
    {
        var now = environment.Time.GetUtcNow();
        if (_last.TryGetValue(check.Key, out var last) && (!last.Task.IsCompleted || (now < last.Due && !check.IsNeededSince(last.Begun))))
        {
            return;
        }

        var due = now + (check.Interval * (0.9 + (0.2 * environment.Jitter())));
        _last[check.Key] = (now, due, RunAsync(check, cancellationToken));
    }

    private async Task RunAsync(TargetCheck check, CancellationToken cancellationToken)
    {
        using var underWay = progress.Follow($"the check of {check.Page}");
        try
        {
            await check.RunAsync(cancellationToken);
            check.Checked(null);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The process is stopping, or is no longer leader.
        }
        catch (ProviderException e)
        {
            check.Checked(e);
        }
        catch (Exception e)
        {
            check.Log(e);
            check.Checked(new(RunnerPoolReasons.ResyncFailing, ErrorText.Stable(e.Message), e));
        }
    }
}
