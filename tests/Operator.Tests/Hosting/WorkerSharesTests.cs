using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.Leases;
using Operator.Runtime.Informers;

namespace Operator.Tests.Hosting;

/// <summary>In a burst, machines whose work is over do not wait behind launches.</summary>
public sealed class WorkerSharesTests
{
    private readonly ObjectStore<V1Alpha1RunnerLease> _leases = new();
    private readonly CompletedRunners _completed = new(TimeProvider.System);

    [Fact]
    public void PriorityOfLease_DeletedOrDoneWithItsJob_IsHigher()
    {
        Add("waits");
        Add("deleted", change: lease => lease.Metadata.DeletionTimestamp = DateTimeOffset.UnixEpoch);
        _completed.Add(Add("done", runner: 7), 7);
        Add("serves", runner: 8);

        var priorityOf = new WorkerShares(new ObjectStore<V1Alpha1RunnerPool>(), _leases, _completed, new OperatorOptions()).Leases.PriorityOf!;

        Assert.Equal([0, 1, 1, 0, 0], new[] { "waits", "deleted", "done", "serves", "gone" }.Select(name => priorityOf(new("default", name))));
    }

    private V1Alpha1RunnerLease Add(string name, long? runner = null, Action<V1Alpha1RunnerLease>? change = null)
    {
        var lease = new V1Alpha1RunnerLease
        {
            Metadata = new() { Name = name, NamespaceProperty = "default", Uid = name, ResourceVersion = "1" },
            Spec = new() { PoolName = "linux" },
            Status = runner is null ? null : new() { Runner = new() { Id = runner, Name = name } },
        };
        change?.Invoke(lease);
        _leases.Set(lease);
        return lease;
    }
}
