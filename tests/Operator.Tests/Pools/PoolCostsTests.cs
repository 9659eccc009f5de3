using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Simulator.Time;

namespace Operator.Tests.Pools;

public sealed class PoolCostsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly PoolCosts _costs;
    private readonly V1Alpha1RunnerPool _pool = new() { Metadata = { NamespaceProperty = "ci", Name = "linux" }, Status = new() };

    public PoolCostsTests() => _costs = new(_clock);

    [Fact]
    public void Settle_RunningAndEnded_CountOnceEach()
    {
        var (running, ended) = (Lease("i-1"), Lease("i-2"));
        _clock.Advance(TimeSpan.FromMinutes(30));
        _costs.Observe(ended, after: null);
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.True(_costs.IsDue(_pool, [running], Now));
        Write(running);
        Assert.Equal("1.5", _pool.Status!.Cost!.Today);

        _clock.Advance(TimeSpan.FromMinutes(30));
        Write(running);
        Assert.Equal("2", _pool.Status.Cost.Today);
    }

    // The status was not written: what had ended is still to be counted.
    [Fact]
    public void Settle_NotWritten_CountsAgain()
    {
        var ended = Lease("i-2");
        _clock.Advance(TimeSpan.FromHours(1));
        _costs.Observe(ended, after: null);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("1", _costs.Settle(_pool, [], Now)!.Today);
        Assert.Equal("1", _costs.Settle(_pool, [], Now)!.Today);
        Write();
        Write();
        Assert.Equal("1", _pool.Status!.Cost!.Today);
    }

    [Fact]
    public void Settle_MachineThatWasHandedOver_IsCountedAtItsNewLease()
    {
        var (giver, taker) = (Lease("i-1"), Lease("i-1"));
        giver.Spec.Holder = new() { Kind = LeaseHolders.RunnerLease, Name = "taker" };
        _clock.Advance(TimeSpan.FromHours(1));
        _costs.Observe(giver, after: null);

        Assert.Equal("1", _costs.Settle(_pool, [giver, taker], Now)!.Today);
    }

    // An hour running at 1, three hours stopped at 0.01, and half an hour running for the lease that took it over.
    [Fact]
    public void Settle_MachineOnStandby_CostsItsVolumesWhileItIsStopped()
    {
        var (launched, stopped, taken) = (Lease("i-1"), Lease("i-1"), Lease("i-1"));
        stopped.Spec.Standby = StandbyTier.Stopped;
        _clock.Advance(TimeSpan.FromHours(1));
        stopped.Status!.Instance!.Standby = new() { StoppedAt = Now, HourlyPrice = "0.01" };
        _costs.Observe(launched, stopped);
        Assert.Equal("1", _costs.Settle(_pool, [stopped], Now)!.Today);
        Write(stopped);
        _clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal("1.03", _costs.Settle(_pool, [stopped], Now)!.Today);

        taken.Status!.Instance!.Standby = new() { StoppedAt = stopped.Status.Instance.Standby.StoppedAt, StartedAt = Now, HourlyPrice = "0.01" };
        stopped.Spec.Holder = new() { Kind = LeaseHolders.RunnerLease, Name = "taker" };
        _costs.Observe(new() { Spec = new() { PoolName = "linux" }, Metadata = { NamespaceProperty = "ci" }, Status = new() }, taken);
        _costs.Observe(stopped, after: null);
        _clock.Advance(TimeSpan.FromMinutes(30));

        Write(taken);
        Assert.Equal("1.53", _pool.Status!.Cost!.Today);
    }

    [Fact]
    public void Settle_GitHubsFee_IsForTheMinutesOfJobs()
    {
        _pool.Spec.Purchasing.GitHubPricePerMinute = "0.01";
        var lease = Lease("i-1", price: null);
        lease.Status!.Job = new() { StartedAt = Now };
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("0.1", _costs.Settle(_pool, [lease], Now)!.Today);
        var idle = Lease("i-1", price: null);
        _costs.Observe(lease, idle);
        _clock.Advance(TimeSpan.FromMinutes(10));

        Write(idle);
        Assert.Equal("0.1", _pool.Status!.Cost!.Today);
    }

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    public void IsDue_WhileMachinesRun_OnceAnHour(int minutes, bool expected)
    {
        var lease = Lease("i-1");
        Assert.True(_costs.IsDue(_pool, [lease], Now));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Write(lease);
        _clock.Advance(TimeSpan.FromMinutes(minutes));

        Assert.Equal(expected, _costs.IsDue(_pool, [lease], Now));
        Assert.False(_costs.IsDue(_pool, [], Now));
    }

    [Fact]
    public void IsDue_NextDay_TheDayBeginsAnew_OnceOnly()
    {
        _pool.Status!.Cost = new() { Today = "3", ThisMonth = "3", AsOf = Now };
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.True(_costs.IsDue(_pool, [], Now));
        Write();

        Assert.Equal(("0", false), (_pool.Status.Cost.Today, _costs.IsDue(_pool, [], Now.AddDays(1))));
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    private void Write(params V1Alpha1RunnerLease[] leases)
    {
        _pool.Status!.Cost = _costs.Settle(_pool, leases, Now);
        _costs.Written(_pool, _pool.Status.Cost);
    }

    private V1Alpha1RunnerLease Lease(string instance, string? price = "1") => new()
    {
        Metadata = { NamespaceProperty = "ci", Name = instance },
        Spec = new() { PoolName = "linux" },
        Status = new() { Instance = new() { Id = instance, HourlyPrice = price, LaunchedAt = Now } },
    };
}
