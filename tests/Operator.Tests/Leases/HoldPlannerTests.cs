using Operator.Aws.Instances;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class HoldPlannerTests
{
    private static readonly DateTimeOffset Until = Some.Now.AddMinutes(20);

    [Fact]
    public void Failure_IsCountedFirst_AndOnce()
    {
        Assert.Equal("BootFailed", Assert.IsType<RunnerLeaseAction.RecordBootFailure>(Plan(Failed(since: null))).Reason);
        Assert.Null(Plan(Failed()));
    }

    [Fact]
    public void Registration_Goes_TheMachineStays()
    {
        var lease = Failed(change: lease => lease.Status!.Runner = new() { Id = 7, Name = "linux-0-1" });

        Assert.IsType<RunnerLeaseAction.Deregister>(RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Offline }).Action);
        Assert.Null(RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Refused }).Action); // GitHub knows better
    }

    [Fact]
    public void Held_WaitsUntilItsEnd_AndSaysSo()
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Failed()));

        Assert.Equal(TimeSpan.FromMinutes(20), plan.RequeueAfter);
        Assert.Equal("HeldAfterFailure", plan.ReadyReason.Reason);
        Assert.Contains("i-linux-0 failed to boot and stays on until 2026-03-02T12:20:00Z", plan.ReadyReason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Over_IsDeleted() =>
        Assert.Equal("BootFailed", Assert.IsType<RunnerLeaseAction.Delete>(RunnerLeasePlanner.Plan(Some.Seen(Failed()) with { Now = Until }).Action).Reason);

    // The machine powers itself off, too. It was counted when it failed.
    [Fact]
    public void Gone_IsNotCountedAgain() =>
        Assert.IsType<RunnerLeaseAction.Delete>(RunnerLeasePlanner.Plan(Some.Seen(Failed()) with { Instance = new InstanceView.Gone("Client.InstanceInitiatedShutdown") }).Action);

    [Fact]
    public void WithAHolder_GetsAnotherMachineAtOnce() => Assert.IsType<RunnerLeaseAction.BeginDrain>(Plan(Failed(change: Some.Hold)));

    [Fact]
    public void AJobWaitsForIt_IsReplacedAtOnce() =>
        Assert.IsType<RunnerLeaseAction.Delete>(Plan(Failed(change: lease => lease.Metadata.Labels = new() { [Labels.Job] = "1-2" })));

    [Fact]
    public void Unavailable_AndNoProofThatItsTemplateBoots()
    {
        Assert.False(LeaseAvailability.IsAvailable(Failed()));
        Assert.False(BootBrake.HasBooted(Failed(change: lease => lease.Status!.Instance!.ReadyAt = Some.Now.AddHours(-1)), Some.Now));
    }

    // It has been counted, and the next one is tried while somebody looks at it.
    [Fact]
    public void Brake_DoesNotWaitForIt()
    {
        var pool = Some.Pool with { Boots = new() { TemplateHash = "hash", Failures = 2, FailedAt = Some.Now.AddMinutes(-5), InstanceId = "i-linux-0" } };

        Assert.True(BootBrake.Admit(Some.Lease("linux-1"), pool, [Failed()], Some.Now).Granted);
        Assert.False(BootBrake.Admit(Some.Lease("linux-1"), pool, [Some.Launched()], Some.Now).Granted);
    }

    [Fact]
    public void Tag_IsBelievedUntilARunnerHasConnected()
    {
        Assert.Equal(Until, Told(Some.Launched()).Instance!.Hold?.Until);
        Assert.Null(Told(Some.Idle()).Instance!.Hold);
        Assert.Null(Told(Some.Busy()).Instance!.Hold);
        Assert.Null(Told(Some.Launched(change: lease => lease.Status!.ServedJobs = 1)).Instance!.Hold);
    }

    [Fact]
    public void Tag_AsksForTooMuch_GetsFourHours() => Assert.Equal(Some.Now.AddHours(4), Told(Some.Launched(), Some.Now.AddYears(1)).Instance!.Hold!.Until);

    // In a pool for leases only, a machine that runs counts as idle: not this one.
    [Fact]
    public void Failed_IsNotIdle()
    {
        var status = Told(Some.Launched());

        Assert.Null(status.IdleSince);
    }

    [Theory]
    [InlineData("held 2026-03-02T12:20:00Z", true)]
    [InlineData("held 2026-03-02T12:20:00Z the pre-runner script failed with code 7", true)]
    [InlineData("held", false)]
    [InlineData("held soon", false)]
    [InlineData("spot 2026-03-02T12:20:00Z", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("held 2026-03-02T12:20:00Z-2026-03-02T12:20:00Z-2026-03-02T12:20:00Z-2026-03-02T12:20:00Z", false)]
    public void Tag_IsParsed(string? tag, bool isHeld) => Assert.Equal(isHeld ? Until : null, HoldNotice.Parse(tag));

    [Theory]
    [InlineData("failed docker does not answer", "docker does not answer")]
    [InlineData("held 2026-03-02T12:20:00Z docker does not answer", "docker does not answer")]
    [InlineData("held 2026-03-02T12:20:00Z", null)]
    [InlineData("failed  ", null)]
    [InlineData("failed two\nlines", null)]
    [InlineData("spot 2026-03-02T12:20:00Z", null)]
    [InlineData(null, null)]
    public void Tag_SaysWhy(string? tag, string? reason) => Assert.Equal(reason, HoldNotice.ReasonOf(tag));

    [Fact]
    public void Tag_IsTooLong_SaysNothing() => Assert.Null(HoldNotice.ReasonOf("failed " + new string('x', 256)));

    private static RunnerLeaseAction? Plan(V1Alpha1RunnerLease lease) => RunnerLeasePlanner.Plan(Some.Seen(lease)).Action;

    private static V1Alpha1RunnerLease Failed(Action<V1Alpha1RunnerLease>? change = null) => Failed(Some.Now, change);

    private static V1Alpha1RunnerLease Failed(DateTimeOffset? since, Action<V1Alpha1RunnerLease>? change = null) => Some.Launched(change: lease =>
    {
        lease.Status!.Instance!.Hold = new() { Since = since, Until = Until };
        change?.Invoke(lease);
    });

    private static RunnerLeaseStatus Told(V1Alpha1RunnerLease lease, DateTimeOffset? until = null)
    {
        LeaseStatusUpdater.ApplyObservation(
            lease.Status!, isHeld: false, new InstanceView.Live(Some.Running("i-linux-0") with { HeldUntil = until ?? Until }), RegistrationView.None, Some.Now);
        return lease.Status!;
    }
}
