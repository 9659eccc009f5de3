using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Runs;
using Operator.Leases;

namespace Operator.Reruns;

/// <summary>
/// Applies a plan for the lost jobs of a run. Requests to GitHub are recorded first; the attempt number prevents duplicates.
/// </summary>
internal sealed class RerunActuator(WorkflowRuns runs, LostJobRecords records, LeaseOutcomes outcomes, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>What to do if GitHub refuses for lack of permission.</summary>
    public const string Remedy =
        "give the App or token the permission to write actions (App: 'Actions: Read and write', then accept it in the installation), or set spec.rerun.limit to 0";

    public async Task ApplyAsync(V1Alpha1RunnerPool pool, LostRun run, RerunSighting seen, RerunPlan plan, CancellationToken cancellationToken)
    {
        await CloseAsync(pool, plan.Closings, plan, seen.Observation, cancellationToken);
        if (plan.Call is not { } call)
        {
            return;
        }

        var open = run.Own.Where(lost => plan.Closings.All(closing => closing.Lost != lost)).Select(lost => lost.RunnerName).ToHashSet(StringComparer.Ordinal);
        var isStored = await records.ChangeAsync(
            NamespacedName.From(pool), pool.Metadata.Uid!, record => Stamp(record, open, call.Request, plan), cancellationToken);
        if (!isStored)
        {
            return;
        }

        var reply = await runs.RequestAsync(seen.Scope, run.Repository, call.Request, call.Id, cancellationToken);
        if (call.Request == RunRequest.Cancel && reply.Answer == RunAnswer.Accepted)
        {
            events.Publish(pool, EventType.Normal, RunnerPoolReasons.RunCancelled, $"run {run.Id} of {run.Repository} is cancelled to run again: {call.Why}");
        }

        await CloseAsync(pool, Outcome(reply, call, [.. run.Own.Where(lost => open.Contains(lost.RunnerName))], plan), plan, seen.Observation, cancellationToken);
    }

    // An Enterprise Server may be older than the call by force: GitHub ends the run by itself after a few minutes.
    private static IReadOnlyList<RerunClosing> Outcome(RunReply reply, RerunCall call, IReadOnlyList<LostJobStatus> open, RerunPlan plan) => reply.Answer switch
    {
        RunAnswer.Accepted when call.IsRerun => [.. open.Select(lost => RerunPlanner.Rerun(lost, plan.Attempts.GetValueOrDefault(lost.RunnerName, 1)))],
        RunAnswer.Forbidden => [.. open.Select(lost => new RerunClosing(lost, RerunResults.Refused, $"{reply.Text}: {Remedy}"))],
        RunAnswer.Refused when call.IsRerun => [.. open.Select(lost => new RerunClosing(lost, RerunResults.Refused, $"{reply.Text}: start it again by hand"))],
        _ => [],
    };

    private IReadOnlyList<LostJobStatus> Stamp(IReadOnlyList<LostJobStatus> record, HashSet<string> runners, RunRequest request, RerunPlan plan) =>
        [.. record.Select(lost => runners.Contains(lost.RunnerName) && LostJobs.IsOpen(lost) ? Stamped(lost, request, plan) : lost)];

    private LostJobStatus Stamped(LostJobStatus lost, RunRequest request, RerunPlan plan)
    {
        var (stamped, now) = (LeaseCopies.Create(lost), timeProvider.GetUtcNow());
        stamped.Attempt ??= plan.Attempts.TryGetValue(lost.RunnerName, out var attempt) ? attempt : null;
        switch (request)
        {
            case RunRequest.Cancel:
                stamped.CancelRequestedAt = now;
                break;
            case RunRequest.ForceCancel:
                stamped.ForceCancelRequestedAt = now;
                break;
            default:
                stamped.RerunRequestedAt = now;
                break;
        }

        return stamped;
    }

    private async Task CloseAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<RerunClosing> closings, RerunPlan plan, RerunObservation observed, CancellationToken cancellationToken)
    {
        if (closings.Count == 0)
        {
            return;
        }

        var now = timeProvider.GetUtcNow();
        var isStored = await records.ChangeAsync(NamespacedName.From(pool), pool.Metadata.Uid!, record => Closed(record, closings, plan, observed, now), cancellationToken);
        foreach (var closing in isStored ? closings : [])
        {
            outcomes.LostJobClosed(NamespacedName.From(pool), closing.Result);
            Publish(pool, closing);
        }
    }

    private static IReadOnlyList<LostJobStatus> Closed(
        IReadOnlyList<LostJobStatus> record, IReadOnlyList<RerunClosing> closings, RerunPlan plan, RerunObservation observed, DateTimeOffset now)
    {
        var results = closings.ToDictionary(closing => closing.Lost.RunnerName, StringComparer.Ordinal);
        return
        [
            .. record.Select(lost => LostJobs.IsOpen(lost) && results.TryGetValue(lost.RunnerName, out var closing) ? Ended(lost, closing, plan, observed, now) : lost),
        ];
    }

    private static LostJobStatus Ended(LostJobStatus lost, RerunClosing closing, RerunPlan plan, RerunObservation observed, DateTimeOffset now)
    {
        var attempt = lost.Attempt ?? (plan.Attempts.TryGetValue(lost.RunnerName, out var found) ? found : (int?)null);
        var ended = LostJobs.Ended(lost, closing.Result, closing.Message, closing.Result == RerunResults.Rerun && attempt >= observed.OnDemandFrom, now);
        ended.Attempt = attempt;
        return ended;
    }

    private void Publish(V1Alpha1RunnerPool pool, RerunClosing closing)
    {
        var (lost, isRerun) = (closing.Lost, closing.Result == RerunResults.Rerun);
        if (closing.Result != RerunResults.Finished)
        {
            events.Publish(
                pool,
                isRerun || closing.Result is RerunResults.AlreadyRerun or RerunResults.Cancelled ? EventType.Normal : EventType.Warning,
                isRerun ? RunnerPoolReasons.JobRerun : closing.Result == RerunResults.Refused ? RunnerPoolReasons.RerunRefused : RunnerPoolReasons.JobNotRerun,
                $"the job of run {lost.RunId} of {lost.Repository} lost with {lost.InstanceId} ({lost.Reason}): {closing.Message}");
        }
    }
}
