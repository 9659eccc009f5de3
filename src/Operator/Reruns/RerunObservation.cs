using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Runs;

namespace Operator.Reruns;

/// <summary>The input of <see cref="RerunPlanner"/>: the lost jobs of one workflow run, and the run.</summary>
/// <param name="Own">The pool's open cases of that run.</param>
/// <param name="Others">Its other cases: closed ones, and those of pools with the same credential.</param>
/// <param name="Run">The run as shown by GitHub; null for none.</param>
/// <param name="Limit">Maximum number of reruns.</param>
/// <param name="OnDemandFrom">The rerun from which on the machine is bought on demand.</param>
/// <param name="Now">The time.</param>
internal sealed record RerunObservation(
    IReadOnlyList<LostJobStatus> Own, IReadOnlyList<LostJobStatus> Others, RunSnapshot? Run, int Limit, int OnDemandFrom, DateTimeOffset Now);

/// <summary>What is next for the lost jobs of one run.</summary>
/// <param name="Closings">Cases that are over.</param>
/// <param name="Call">What to ask GitHub for; null for nothing now.</param>
/// <param name="Attempts">The attempt that each case belongs to, by runner, as far as it was found.</param>
internal sealed record RerunPlan(IReadOnlyList<RerunClosing> Closings, RerunCall? Call, IReadOnlyDictionary<string, int> Attempts);

/// <summary>A case to close.</summary>
/// <param name="Lost">The case.</param>
/// <param name="Result">One word, as in the metric.</param>
/// <param name="Message">For users.</param>
internal sealed record RerunClosing(LostJobStatus Lost, string Result, string Message);

/// <summary>A request to GitHub.</summary>
/// <param name="Request">The request.</param>
/// <param name="Id">The run, or the job for <see cref="RunRequest.RerunJob"/>.</param>
/// <param name="Why">For people.</param>
internal sealed record RerunCall(RunRequest Request, long Id, string Why)
{
    /// <summary>Whether it reruns something, as opposed to cancelling.</summary>
    public bool IsRerun => Request is not (RunRequest.Cancel or RunRequest.ForceCancel);
}
