using Operator.Entities.RunnerPools;
using Operator.GitHub.Runs;
using Operator.Reruns;
using Operator.Tests.Leases;

namespace Operator.Tests.Reruns;

/// <summary>A lost job is distinguished from a failed or cancelled one by how and when it ended.</summary>
public sealed class JobFatesTests
{
    /// <summary>Conclusion, seconds from the loss to its end, whether a step is open, whether one was cancelled, whether we had cancelled the run, and what it is.</summary>
    public static TheoryData<string?, int, bool, bool, bool, string> Table => new()
    {
        { null, 0, true, false, false, nameof(JobFate.Open) },
        { null, 0, true, false, true, nameof(JobFate.Open) },
        { "success", -5, false, false, false, nameof(JobFate.Ended) },
        { "success", 300, false, false, true, nameof(JobFate.Ended) },

        // GitHub gives a silent runner up: a step of its job never ends.
        { "failure", 600, true, false, false, nameof(JobFate.Lost) },
        { "failure", 600, false, false, false, nameof(JobFate.Lost) },
        { "failure", -300, true, false, false, nameof(JobFate.Lost) },
        { "timed_out", 600, true, false, false, nameof(JobFate.Lost) },

        // It failed by itself, perhaps in the very last seconds.
        { "failure", -300, false, false, false, nameof(JobFate.Ended) },
        { "failure", -5, false, false, false, nameof(JobFate.Ended) },
        { "failure", -300, false, true, false, nameof(JobFate.Ended) },

        // Its runner was stopped with the machine.
        { "failure", -5, false, true, false, nameof(JobFate.Lost) },
        { "cancelled", -5, false, true, false, nameof(JobFate.Lost) },
        { "cancelled", 30, false, true, false, nameof(JobFate.Lost) },

        // A person cancelled it before, or while GitHub waited for its runner.
        { "cancelled", -120, false, true, false, nameof(JobFate.Cancelled) },
        { "cancelled", 300, true, false, false, nameof(JobFate.Cancelled) },

        // We did.
        { "cancelled", 300, true, false, true, nameof(JobFate.Lost) },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Job_IsToldByItsEnd(string? conclusion, int after, bool hasOpenStep, bool hasCancelledStep, bool weCancelled, string expected)
    {
        var lost = new LostJobStatus { LostAt = Some.Now, CutAt = Some.Now, CancelRequestedAt = weCancelled ? Some.Now.AddSeconds(20) : null };
        var job = new JobSnapshot(1, 1, "linux-0", 7, conclusion, conclusion is null ? null : Some.Now.AddSeconds(after))
        {
            HasOpenStep = hasOpenStep,
            HasCancelledStep = hasCancelledStep,
        };

        Assert.Equal(expected, JobFates.Determine(job, lost).ToString());
    }

    [Theory]
    [InlineData("1", null, "other", true)]
    [InlineData(null, 7L, "other", true)]
    [InlineData(null, null, "linux-0", true)]
    [InlineData("2", 8L, "other", false)]
    [InlineData(null, null, "LINUX-0", false)]
    public void Job_IsKnownByItsIdOrItsRunner(string? jobId, long? runnerId, string runner, bool expected) => Assert.Equal(
        expected, JobFates.IsOf(new(1, 1, "linux-0", 7, null, null), new() { JobId = jobId, RunnerId = runnerId, RunnerName = runner }));
}
