using System.Collections.Concurrent;
using System.Net;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>
/// Writes the status at the end of a pass and keeps what the API server did not accept: it is sent before anything else is done for the
/// lease, so that recorded effects are not repeated. Entries end with their lease, and all of them with the leader's term.
/// </summary>
internal sealed class UnsentStatus(RunnerLeaseWriter writer)
{
    private readonly ConcurrentDictionary<NamespacedName, LeaseStatusChange> _unsent = new();

    /// <summary>Sends what an earlier pass could not write.</summary>
    /// <returns>Whether something was sent, so that the lease has a new version.</returns>
    /// <exception cref="KubernetesApiException">The API server still does not accept it: nothing may be done for the lease.</exception>
    public async Task<bool> SendAsync(V1Alpha1RunnerLease stored, CancellationToken cancellationToken)
    {
        var key = NamespacedName.From(stored);
        if (!_unsent.TryRemove(key, out var change) || change.Lease.Metadata.Uid != stored.Metadata.Uid)
        {
            return false;
        }

        await WriteAsync(key, change, cancellationToken);
        return true;
    }

    /// <summary>The one status patch at the end of a pass.</summary>
    /// <param name="stored">The lease as it was read.</param>
    /// <param name="observed">The observation after the last action; its lease carries the new status.</param>
    /// <param name="plan">The remaining plan.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task WriteAsync(V1Alpha1RunnerLease stored, RunnerLeaseObservation observed, RunnerLeasePlan plan, CancellationToken cancellationToken) =>
        writer.ChangeOf(stored, observed, plan) is { } change ? WriteAsync(NamespacedName.From(stored), change, cancellationToken) : Task.CompletedTask;

    /// <summary>The lease is gone.</summary>
    public void Forget(NamespacedName key) => _unsent.TryRemove(key, out _);

    private async Task WriteAsync(NamespacedName key, LeaseStatusChange change, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(change, cancellationToken);
        }
        catch (Exception e) when (!IsFinal(e))
        {
            _unsent[key] = change;
            throw;
        }
    }

    // A conflict has been handled; a status that the schema rejects would block the lease forever.
    private static bool IsFinal(Exception exception) => exception is KubernetesApiException e
        && (e.IsConflict || e.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity);
}
