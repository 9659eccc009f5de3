using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class RestoredLeasesTests
{
    [Fact]
    public void LetGo_LaunchedForItself_KeepsItsMachine() => AssertKeeps(Some.Launched(change: LaunchedFor("uid-of-linux-0")));

    [Fact]
    public void LetGo_LaunchedByAnOlderOperator_KeepsItsMachine() => AssertKeeps(Some.Launched());

    [Fact]
    public void LetGo_RegistrationIsKnown_KeepsItsMachine() => AssertKeeps(Some.Busy(change: LaunchedFor("former")));

    [Fact]
    public void LetGo_LaunchedForItsFormerSelf_HasNoMachine()
    {
        var lease = Some.Launched(change: LaunchedFor("former"));

        RestoredLeases.LetGo(lease);

        Assert.Null(lease.Status!.Instance);
        Assert.Null(lease.Status.Launch);
    }

    private static void AssertKeeps(V1Alpha1RunnerLease lease)
    {
        RestoredLeases.LetGo(lease);

        Assert.NotNull(lease.Status!.Instance);
        Assert.NotNull(lease.Status.Launch);
    }

    private static Action<V1Alpha1RunnerLease> LaunchedFor(string uid) => lease => lease.Status!.Launch!.LeaseUID = uid;
}
