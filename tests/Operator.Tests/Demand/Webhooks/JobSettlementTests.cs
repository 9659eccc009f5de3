using Operator.Controllers.RunnerLeases;
using Operator.Demand.Webhooks;
using Operator.Entities.RunnerLeases;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>Leases are written as <c>name:made/runs</c>; the job that ends is 1.</summary>
public sealed class JobSettlementTests
{
    [Theory]
    [InlineData("a:1/1", "a", false, "")] // the usual case: it goes with its machine
    [InlineData("a:1/1", "a", true, "a=")]
    [InlineData("a:1/", null, false, "a=")] // cancelled while it was queued
    [InlineData("a:/1 b:1/", "a", false, "b=")] // an idle runner of the stock was quicker
    [InlineData("a:2/1 b:1/", "a", false, "b=2")] // swapped: what goes was made for 2
    [InlineData("a:2/1 b:1/", "a", true, "b=")] // swapped, and it stays: it is still there for 2
    [InlineData("a:2/1 b:1/2", "a", false, "b=2")]
    [InlineData("a:1/2 b:2/", null, false, "a=2 b=")] // cancelled, and its own lease is busy with another's job
    [InlineData("a:1/2", null, false, "a=")]
    [InlineData("a:2/2", "a", false, "")]
    [InlineData("", null, false, "")]
    [InlineData("a:2/1 b:1/ c:1/", "a", false, "b=2 c=")] // made twice, by two replicas
    public void Plan_JobOver_EachOpenJobStandsOnOneLease(string leases, string? server, bool stays, string expected)
    {
        var all = leases.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Lease).ToList();

        var changes = JobSettlement.Plan(
            "1", all.Find(lease => lease.Metadata.Name == server), stays, id => [.. all.Where(lease => LeaseJobs.IdsOf(lease).Contains(id))]);

        Assert.Equal(expected, string.Join(' ', changes.Select(change => $"{change.Lease.Metadata.Name}={change.Tag?.JobId}")));
    }

    private static V1Alpha1RunnerLease Lease(string text)
    {
        var parts = text.Split(':', '/');
        return new()
        {
            Metadata = new()
            {
                Name = parts[0],
                Uid = parts[0],
                Labels = parts[1].Length > 0 ? new() { [Entities.Labels.Job] = parts[1] } : null,
            },
            Status = new() { Job = parts[2].Length > 0 ? new() { Id = parts[2] } : null },
        };
    }
}
