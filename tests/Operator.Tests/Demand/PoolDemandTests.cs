using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime;
using Operator.Simulator.Time;
using Operator.Tests.Leases;

namespace Operator.Tests.Demand;

/// <summary>How GitHub's numbers are read in the light of what is seen with our own eyes.</summary>
public sealed class PoolDemandTests
{
    private static readonly NamespacedName Key = new("ci", "linux");

    private static readonly V1Alpha1RunnerLease Runner = Some.Idle();

    private readonly ManualTimeProvider _clock = new();
    private readonly ScaleSetStates _states = new(_ => { });
    private readonly CompletedRunners _finished;
    private readonly PoolDemand _demand;

    public PoolDemandTests()
    {
        _finished = new(_clock);
        var fixture = new Webhooks.WebhookDemandFixture();
        _demand = new(_states, fixture.Demand, fixture.Status, fixture.Refused, _finished, new(_ => { }));
        _states.Post(Key, facts => facts with { AssignedJobs = 3 });
    }

    [Fact]
    public void Numbers_CountAsTheyAre() => Assert.Equal(3, Count());

    [Fact]
    public void Numbers_NotHeardYet_AreUnknown()
    {
        _states.Forget(Key);

        Assert.Null(Count(Leaving("linux-0")));
    }

    [Fact]
    public void RunnerSeenGoneBeforeGitHubSaysSo_ItsJobCountsNoMore()
    {
        _finished.RecordDisappearance(Runner);
        _finished.RecordDisappearance(Some.Idle("other-0", lease => lease.Spec.PoolName = "other"));

        Assert.Equal((2, CompletedRunners.EventGrace), (Count(), _demand.Read(Pool).RecheckAfter));
    }

    [Fact]
    public void RunnerSeenGone_GitHubSaysSo_TheNumbersHold()
    {
        _finished.RecordDisappearance(Runner);
        _finished.ConfirmCompletion(Key, 7);
        _states.Post(Key, facts => facts with { AssignedJobs = 2 });

        Assert.Equal((2, null), (Count(), _demand.Read(Pool).RecheckAfter));
    }

    [Fact]
    public void RunnerSeenGone_GitHubSaidSoBefore_TheNumbersHold()
    {
        _finished.Add(Runner, 7);
        _finished.RecordDisappearance(Runner);

        Assert.Equal(3, Count());
    }

    [Fact]
    public void RunnerSeenGone_GitHubNeverSaysSo_TheNumbersHoldAfterAWhile()
    {
        _finished.RecordDisappearance(Runner);
        _clock.Advance(CompletedRunners.EventGrace);

        Assert.Equal(3, Count());
    }

    [Fact]
    public void JobOnALeaseThatGoes_NeedsNoOther() => Assert.Equal(2, Count(Leaving("linux-0")));

    [Fact]
    public void JobOnALeaseThatGoes_IsOver_TheNumbersHold()
    {
        _finished.Add(Runner, 7);

        Assert.Equal(3, Count(Leaving("linux-0")));
    }

    [Fact]
    public void JobOnALeaseThatStays_IsCounted() => Assert.Equal(3, Count(Some.Busy("linux-0", InScaleSet)));

    [Fact]
    public void JobOnALeaseThatGoes_OfOtherLabels_IsNotGitHubsToCount() => Assert.Equal(3, Count(Some.Busy("linux-0", Some.Delete)));

    [Fact]
    public void JobFromAnotherSource_IsCountedToo() => Assert.Equal(4, Count(Some.Busy("linux-0")));

    [Fact]
    public void ScaleSetThatIsLeft_IsServedToItsEnd()
    {
        var pool = Pool;
        pool.Spec.GitHub!.Demand = DemandSource.LeasesOnly;
        pool.Status = new() { ScaleSet = new() { Url = "https://github.com/my-org", Name = "linux", Id = 5 } };
        Assert.Equal((3, false), (_demand.Read(pool).CountJobs([]), _demand.Read(pool).IsScaleSetLeft));

        _states.Post(Key, facts => facts with { AssignedJobs = 0 });
        _states.Forget(Key);

        Assert.Equal((0, true), (_demand.Read(pool).CountJobs([]), _demand.Read(pool).IsScaleSetLeft));
    }

    [Fact]
    public void ScaleSetThatIsLeft_NobodyHasListenedYet_MayHaveJobs()
    {
        var pool = Pool;
        pool.Spec.GitHub!.Demand = DemandSource.LeasesOnly;
        pool.Status = new() { ScaleSet = new() { Url = "https://github.com/my-org", Name = "linux", Id = 5 } };
        _states.Forget(Key);

        Assert.Equal((null, false), (_demand.Read(pool).CountJobs([]), _demand.Read(pool).IsScaleSetLeft));
    }

    private static V1Alpha1RunnerPool Pool => new()
    {
        Metadata = { Name = Key.Name, NamespaceProperty = Key.Namespace, Uid = "pool-uid" },
        Spec = new()
        {
            GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "s", Labels = ["linux"] },
            Launch = new() { Image = new() { Id = "ami-1" } },
        },
    };

    private int? Count(params V1Alpha1RunnerLease[] leases) => _demand.Read(Pool).CountJobs(leases);

    private static V1Alpha1RunnerLease Leaving(string name) => Some.Busy(name, lease =>
    {
        InScaleSet(lease);
        Some.Delete(lease);
    });

    private static void InScaleSet(V1Alpha1RunnerLease lease) => lease.Status!.Runner!.ScaleSetId = 5;
}
