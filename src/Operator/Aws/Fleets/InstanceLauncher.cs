using System.Collections.Concurrent;
using Operator.Aws.Instances;

namespace Operator.Aws.Fleets;

/// <summary>
/// Launches machines for leases that request them at about the same time in one call. Before the call, every lease of the batch has stored
/// the intent it carries, so that a later reconcile can find what it launched.
/// </summary>
internal sealed class InstanceLauncher(ILaunchBackend backend, TimeProvider timeProvider, Func<Guid> newId)
{
    /// <summary>Matches the sustained request rate that EC2 grants. A launch that follows no other does not wait: it is sent when its intent is stored.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMilliseconds(250);

    // Keyed by intent and count: once a lease has recorded its machine, the indexes of the remaining leases shift.
    private readonly ConcurrentDictionary<(string IntentId, int Count), Task<LaunchResult>> _repeats = new();
    private readonly Dictionary<string, Batch> _open = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly BurstWindow _window = new(timeProvider, TimeSpan.Zero, LongestWindow);

    /// <summary>Joins a batch and returns the lease's share of the result.</summary>
    /// <param name="leaseName">Determines the order in which a partial result is distributed.</param>
    /// <param name="need">What to launch.</param>
    /// <param name="storeIntentAsync">Stores the intent in the lease; if it fails, the lease leaves the batch.</param>
    /// <param name="cancellationToken">Stops waiting; the batch continues for the others.</param>
    /// <exception cref="ProviderException">There is nothing to request, and no intent is stored; or there was no answer.</exception>
    public async Task<LaunchShare> LaunchAsync(
        string leaseName, LaunchNeed need, Func<LaunchIntent, CancellationToken, Task> storeIntentAsync, CancellationToken cancellationToken)
    {
        var batch = Join(need);
        try
        {
            var prepared = await batch.PrepareAsync().WaitAsync(cancellationToken);
            await storeIntentAsync(new(batch.IntentId, prepared.RequestHash), cancellationToken);
            batch.Ready(leaseName);
        }
        catch
        {
            batch.Leave();
            throw;
        }

        return Share(await batch.Result.WaitAsync(cancellationToken), leaseName, batch.Members);
    }

    /// <summary>Repeats the request of an intent, once for all leases that carry it: EC2 repeats its original answer.</summary>
    /// <param name="leaseName">The requesting lease.</param>
    /// <param name="leaseNames">Every lease that carries the intent and has no machine yet.</param>
    /// <param name="launch">The intent, its original need, and the hash of its request.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="LaunchOutcomeUnknownException">It was not sent, or the answer says nothing about the first request: look for what that launched.</exception>
    public async Task<LaunchShare> RepeatAsync(
        string leaseName, IReadOnlyCollection<string> leaseNames, RepeatedLaunch launch, CancellationToken cancellationToken)
    {
        var key = (launch.IntentId, leaseNames.Count);
        var repeat = _repeats.GetOrAdd(key, _ => SendAgainAsync(new(launch.IntentId, launch.Need, leaseNames.Count), launch.RequestHash));
        try
        {
            return Share(await repeat.WaitAsync(cancellationToken), leaseName, leaseNames);
        }
        finally
        {
            _repeats.TryRemove(new(key, repeat));
        }
    }

    private static LaunchShare Share(LaunchResult result, string leaseName, IEnumerable<string> leaseNames)
    {
        var index = leaseNames.Count(name => string.CompareOrdinal(name, leaseName) < 0);
        return index < result.Instances.Count ? new(result.Instances[index], Failure: null) : new(Instance: null, result.Failure);
    }

    // The lease that opens a batch starts it.
    private Batch Join(LaunchNeed need)
    {
        lock (_lock)
        {
            var isOpen = _open.TryGetValue(need.BatchKey, out var batch);
            batch ??= _open[need.BatchKey] = new Batch(need, newId().ToString("N"), () => backend.PrepareAsync(need, CancellationToken.None));
            batch.Join();
            if (!isOpen)
            {
                _ = RunAsync(batch, _window.Open(besideOthers: _open.Count > 1));
            }

            return batch;
        }
    }

    private async Task<LaunchResult> SendAgainAsync(LaunchRequest order, string? requestHash)
    {
        await backend.WaitForTurnAsync(order.Need, CancellationToken.None);
        return await backend.RepeatAsync(order, requestHash, CancellationToken.None);
    }

    private async Task RunAsync(Batch batch, TimeSpan window)
    {
        try
        {
            try
            {
                await (window > TimeSpan.Zero ? Task.Delay(window, timeProvider, CancellationToken.None) : batch.FirstSettled);
                await backend.WaitForTurnAsync(batch.Need, CancellationToken.None); // whoever comes meanwhile goes with it
            }
            finally
            {
                Close(batch);
            }

            var members = await batch.CloseAsync();
            batch.Complete(members == 0
                ? new LaunchResult([], Failure: null)
                : await backend.LaunchAsync(new(batch.IntentId, batch.Need, members), await batch.PrepareAsync(), CancellationToken.None));
        }
        catch (Exception e)
        {
            batch.Fail(e);
        }
    }

    private void Close(Batch batch)
    {
        lock (_lock)
        {
            _open.Remove(batch.Need.BatchKey);
            if (!batch.IsEmpty)
            {
                _window.Close();
            }
        }
    }
}

/// <summary>A request to repeat.</summary>
/// <param name="IntentId">The stored intent.</param>
/// <param name="Need">What was to be launched.</param>
/// <param name="RequestHash">The hash that was stored with the intent.</param>
internal sealed record RepeatedLaunch(string IntentId, LaunchNeed Need, string? RequestHash);

/// <summary>One lease's share of a launch.</summary>
/// <param name="Instance">Its machine, or null.</param>
/// <param name="Failure">Why it has no machine.</param>
internal sealed record LaunchShare(Instance? Instance, ProviderException? Failure);
