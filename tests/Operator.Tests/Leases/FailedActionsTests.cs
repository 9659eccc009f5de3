using Operator.Common;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;

namespace Operator.Tests.Leases;

/// <summary>A failed action is not repeated before its back-off ends, unless its input has changed.</summary>
public sealed class FailedActionsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly FailedActions _failures;
    private ProviderException? _failure = new("AwsUnavailable", "no answer") { RetryAfter = TimeSpan.FromSeconds(10) };
    private int _calls;

    public FailedActionsTests()
    {
        _failures = new(_pools, _clock);
        SetPool(generation: 1);
    }

    [Fact]
    public async Task Failed_IsNotRepeatedBeforeItsTime_AndSaysTheSame()
    {
        await FailAsync();
        _clock.Advance(TimeSpan.FromSeconds(4));

        var again = await FailAsync();

        Assert.Equal(("AwsUnavailable", "no answer", TimeSpan.FromSeconds(6)), (again.Reason, again.Message, again.RetryAfter));
        Assert.Equal(1, _calls);
        _clock.Advance(TimeSpan.FromSeconds(6));
        await FailAsync();
        Assert.Equal(2, _calls);
    }

    [Theory]
    [InlineData("lease")]
    [InlineData("pool")]
    [InlineData("template")]
    [InlineData("scale set")]
    [InlineData("deletion")]
    [InlineData("another action")]
    public async Task Failed_WhatItIsMadeFromHasChanged_IsTriedAtOnce(string what)
    {
        RunnerLeaseAction action = what == "template" ? new RunnerLeaseAction.Launch() : new RunnerLeaseAction.Register();
        await FailAsync(action: action);
        var observed = Some.Seen(Some.Launched());
        switch (what)
        {
            case "lease":
                observed.Lease.Metadata.Generation = 2;
                break;
            case "pool":
                SetPool(generation: 2);
                break;
            case "template":
                observed = observed with { Pool = Some.Pool with { Template = Some.Pool.Template! with { Id = "lt-2" } } };
                break;
            case "scale set":
                observed = observed with { Pool = Some.Pool with { ScaleSetId = 77 } };
                break;
            case "deletion":
                Some.Delete(observed.Lease);
                break;
        }

        await FailAsync(observed, what == "another action" ? new RunnerLeaseAction.Deregister() : action);

        Assert.Equal(2, _calls);
    }

    // A new scale set is no reason to launch again.
    [Fact]
    public async Task Failed_WhatIsNothingToIt_HasChanged_IsNotRepeated()
    {
        await FailAsync(action: new RunnerLeaseAction.Launch());

        await FailAsync(Some.Seen(Some.Launched()) with { Pool = Some.Pool with { ScaleSetId = 77 } }, new RunnerLeaseAction.Launch());

        Assert.Equal(1, _calls);
    }

    // Any change may free capacity for it: it only checks the gate.
    [Fact]
    public async Task NotAdmitted_IsTriedWhenever()
    {
        _failure = new LaunchNotAdmittedException(new(Granted: false, "PoolAtCapacity", "full"));
        await FailAsync();
        await FailAsync();

        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task Succeeded_IsForgotten()
    {
        await FailAsync();
        _clock.Advance(TimeSpan.FromSeconds(10));
        _failure = null;
        await ApplyAsync(Some.Seen(Some.Launched()), action: null);

        await ApplyAsync(Some.Seen(Some.Launched()), action: null);

        Assert.Equal(3, _calls);
    }

    private void SetPool(long generation) => _pools.Set(new()
    {
        Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid", Generation = generation, ResourceVersion = $"{generation}" },
        Spec = { GitHub = new() { Url = "https://github.com/my-org" }, Launch = new(), Capacity = new() },
    });

    private Task<ProviderException> FailAsync(RunnerLeaseObservation? observed = null, RunnerLeaseAction? action = null) =>
        Assert.ThrowsAnyAsync<ProviderException>(() => ApplyAsync(observed ?? Some.Seen(Some.Launched()), action));

    private Task<RunnerLeaseObservation?> ApplyAsync(RunnerLeaseObservation observed, RunnerLeaseAction? action) => _failures.ApplyAsync(
        observed,
        action ?? new RunnerLeaseAction.Register(),
        () =>
        {
            _calls++;
            return _failure is null ? Task.FromResult<RunnerLeaseObservation?>(observed) : throw _failure;
        });
}
