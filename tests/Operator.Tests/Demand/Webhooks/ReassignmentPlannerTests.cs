using Operator.Demand.Webhooks;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>
/// Leases are written as <c>name:created-for/runs</c>, with <c>@pool</c> after one of another pool; the job that leaves the queue is 1, and 9
/// was reported as completed. Expected: the job that needs another lease, and the lease or <c>new</c>; then the leases to free.
/// </summary>
public sealed class ReassignmentPlannerTests
{
    [Theory]
    [InlineData("a:1/", "a", "")] // the usual case: the runner created for it takes it
    [InlineData("a:1/1", "a", "")] // and it is over
    [InlineData("a:1/", null, "free a")] // cancelled while queued, or on another's runner
    [InlineData("a:/ b:1/", "a", "free b")] // an idle runner of the stock is quicker
    [InlineData("a:2/ b:1/", "a", "2=b")] // swapped
    [InlineData("a:2/1 b:2/", "a", "")] // swapped, and reported again, or completed
    [InlineData("a:2/ b:2/", "a", "")] // swapped, and not on record yet
    [InlineData("a:2/ b:1/ c:1/", "a", "2=b free c")] // created twice, by two replicas
    [InlineData("a:2/", "a", "2=new")] // no machine was requested for 1: 2 needs another
    [InlineData("a:2/1", "a", "")]
    [InlineData("a:2/ b:1/3", "a", "2=new")] // b runs 3, and the job it was created for has another lease, or none
    [InlineData("a:2/ b:3/2", "a", "")] // 2 runs elsewhere
    [InlineData("a:9/ b:1/", "a", "free b")] // the job it was created for has completed
    [InlineData("a:2/ b:1/@other", "a", "2=new free b")] // another pool's runners may lack a label
    [InlineData("a:2/3 b:1/", "a", "free b")] // a runner that serves again: the end of 3 is on its way
    [InlineData("", null, "")]
    public void Plan_JobLeavesTheQueue_EveryOtherKeepsALease(string leases, string? server, string expected)
    {
        var (all, standing) = Leases(leases);

        var plan = ReassignmentPlanner.Plan("1", all.Find(lease => lease.Metadata.Name == server), standing, job => job == "9");

        string[] told =
        [
            .. plan.DisplacedJob is { } orphan ? [$"{orphan.JobId}={plan.Replacement?.Metadata.Name ?? "new"}"] : Array.Empty<string>(),
            .. plan.Unneeded.Count > 0 ? [$"free {string.Join(' ', plan.Unneeded.Select(lease => lease.Metadata.Name))}"] : Array.Empty<string>(),
        ];
        Assert.Equal(expected, string.Join(' ', told));
    }

    [Theory]
    [InlineData("a:1/1", false)]
    [InlineData("a:/1", false)]
    [InlineData("a:2/1", true)] // it has not yet served the job it was created for
    [InlineData("a:2/1 b:2/", false)] // swapped
    [InlineData("a:2/1 b:3/2", false)]
    [InlineData("a:9/1", false)]
    public void Keeps_RunnerServesAgain_OnlyAJobThatNobodyElseHas(string leases, bool expected)
    {
        var (all, standing) = Leases(leases);

        Assert.Equal(expected, ReassignmentPlanner.Keeps("1", all[0], standing, job => job == "9"));
    }

    private static (List<V1Alpha1RunnerLease> All, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> Standing) Leases(string text)
    {
        var all = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Lease).ToList();
        return (all, job => [.. all.Where(lease => LeaseJobs.AssignedJob(lease) == job)]);
    }

    private static V1Alpha1RunnerLease Lease(string text)
    {
        var parts = text.Split(':', '/', '@');
        return new()
        {
            Metadata = new()
            {
                Name = parts[0],
                Uid = parts[0],
                Labels = parts[1].Length > 0 ? new() { [Entities.Labels.Job] = parts[1] } : null,
            },
            Spec = new() { PoolName = parts.ElementAtOrDefault(3) ?? "runners" },
            Status = new() { Job = parts[2].Length > 0 ? new() { Id = parts[2] } : null },
        };
    }
}
