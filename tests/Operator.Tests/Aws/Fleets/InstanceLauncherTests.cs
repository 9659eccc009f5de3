using Operator.Aws;
using Operator.Aws.Fleets;
using Operator.Common;
using Operator.Simulator.Time;
using Operator.Tests.Aws.Instances;

namespace Operator.Tests.Aws.Fleets;

/// <summary>One request for many leases: each gets one machine of its own, or the reason why not.</summary>
public sealed class InstanceLauncherTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ScriptedBackend _backend = new();
    private readonly InstanceLauncher _launcher;
    private int _ids;

    public InstanceLauncherTests() => _launcher = new(_backend, _clock, () => new Guid(Interlocked.Increment(ref _ids), 0, 0, new byte[8]));

    [Fact]
    public async Task Launch_PartOfTheFleetCame_GoesByNameToOneLeaseEach_AndTheRestHearWhy()
    {
        var failure = new ProviderException("InsufficientCapacity", "no more");
        _backend.Answer = _ => Task.FromResult(ScriptedBackend.Gives(2, failure));

        var (stores, shares) = Launch("linux-2", "linux-0", "linux-1");
        stores.ForEach(store => store.SetResult());

        var got = await Task.WhenAll(shares);
        Assert.Equal([null, "i-1", "i-2"], got.Select(share => share.Instance?.Id));
        Assert.Equal([failure, null, null], got.Select(share => share.Failure));
        Assert.Equal(3, Assert.Single(_backend.Orders).Count);
    }

    [Fact]
    public async Task Launch_IsNotSent_BeforeEveryIntentIsStored()
    {
        var sent = new TaskCompletionSource();
        _backend.Answer = order =>
        {
            sent.SetResult();
            return Task.FromResult(ScriptedBackend.Gives(order.Count));
        };
        var (stores, shares) = Launch("linux-0", "linux-1");

        stores[0].SetResult();
        await WaitForCloseAsync();
        Assert.False(sent.Task.IsCompleted);
        stores[1].SetResult();

        await Task.WhenAll(shares);
        Assert.Equal(2, Assert.Single(_backend.Orders).Count);
    }

    [Fact]
    public async Task Launch_AnIntentIsNotStored_ThatLeaseIsNotInTheRequest()
    {
        var (stores, shares) = Launch("linux-0", "linux-1");

        stores[0].SetException(new InvalidOperationException("refused"));
        stores[1].SetResult();

        await Assert.ThrowsAsync<InvalidOperationException>(() => shares[0]);
        Assert.Equal("i-1", (await shares[1]).Instance?.Id);
        Assert.Equal(1, Assert.Single(_backend.Orders).Count);
    }

    [Fact]
    public async Task Launch_NoIntentIsStored_SendsNothing()
    {
        var (stores, shares) = Launch("linux-0");

        stores[0].SetException(new InvalidOperationException("refused"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => shares[0]);
        await WaitForCloseAsync();
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_backend.Orders);
    }

    [Fact]
    public async Task Launch_OtherNeeds_AreAnotherRequestWithAnIntentOfItsOwn()
    {
        var intents = new List<string>();
        foreach (var need in new[] { FleetRequestsTests.Need, FleetRequestsTests.Need with { UsageClass = "on-demand" } })
        {
            var share = _launcher.LaunchAsync("linux-0", need, (intent, _) => StoreAsync(intents, intent.Id), CancellationToken.None);
            _clock.Advance(BurstWindow.Shortest);
            await share;
        }

        Assert.Equal(intents, _backend.Orders.Select(order => order.IntentId));
        Assert.Equal(["spot", "on-demand"], _backend.Orders.Select(order => order.Need.UsageClass));
        Assert.Equal(2, intents.Distinct().Count());
    }

    // An intent is the idempotency token of one request: a later request must not get the first one's instance.
    [Fact]
    public async Task Launch_OneAfterTheOther_NeverShareAnIntent()
    {
        var (stores, first) = Launch("linux-0");
        stores[0].SetResult();
        await Task.WhenAll(first);

        (stores, var second) = Launch("linux-1", "linux-2");
        stores.ForEach(store => store.SetResult());
        Assert.Single(_backend.Orders); // it follows another, and so waits for company
        _clock.Advance(BurstWindow.Shortest);
        await Task.WhenAll(second);

        Assert.Equal([1, 2], _backend.Orders.Select(order => order.Count));
        Assert.Equal(2, _backend.Orders.Select(order => order.IntentId).Distinct().Count());
    }

    // EC2 grants few requests: those that have to wait for one share it.
    [Fact]
    public async Task Launch_WhileTheTurnIsWaitedFor_OthersJoin()
    {
        var turn = new TaskCompletionSource();
        _backend.Turn = () => turn.Task;
        var (stores, first) = Launch("linux-0");
        stores[0].SetResult();
        (stores, var second) = Launch("linux-1", "linux-2");
        stores.ForEach(store => store.SetResult());

        turn.SetResult();
        await Task.WhenAll([.. first, .. second]);

        Assert.Equal(3, Assert.Single(_backend.Orders).Count);
    }

    [Fact]
    public async Task Launch_OneByOneForAWhile_BecomesFewRequests()
    {
        var shares = new List<Task<LaunchShare>>();
        for (var i = 0; i < 500; i++)
        {
            shares.Add(_launcher.LaunchAsync($"linux-{i}", FleetRequestsTests.Need, (_, _) => Task.CompletedTask, CancellationToken.None));
            await Task.Yield();
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        for (; !shares.TrueForAll(share => share.IsCompleted); await Task.Yield())
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(_backend.Orders.Count, 5, 50);
    }

    [Fact]
    public async Task Launch_NoAnswer_IsToldToAll_AndTheNextOneBeginsAnew()
    {
        _backend.Answer = _ => Task.FromException<LaunchResult>(new ProviderException("AwsUnavailable", "no answer"));
        var (stores, shares) = Launch("linux-0", "linux-1");
        stores.ForEach(store => store.SetResult());

        foreach (var share in shares)
        {
            Assert.Equal("AwsUnavailable", (await Assert.ThrowsAsync<ProviderException>(() => share)).Reason);
        }

        _backend.Answer = order => Task.FromResult(ScriptedBackend.Gives(order.Count));
        (stores, shares) = Launch("linux-0");
        stores[0].SetResult();
        _clock.Advance(BurstWindow.Shortest);

        Assert.Equal("i-1", (await shares[0]).Instance?.Id);
    }

    [Fact]
    public async Task Launch_OneGivesUpWaiting_ItsMachineIsNotGivenToAnother()
    {
        var answer = new TaskCompletionSource<LaunchResult>();
        _backend.Answer = _ => answer.Task;
        using var stopping = new CancellationTokenSource();
        var stores = Stores(2);
        var impatient = _launcher.LaunchAsync("linux-0", FleetRequestsTests.Need, (_, _) => stores[0].Task, stopping.Token);
        var patient = _launcher.LaunchAsync("linux-1", FleetRequestsTests.Need, (_, _) => stores[1].Task, CancellationToken.None);
        stores.ForEach(store => store.SetResult());

        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        answer.SetResult(ScriptedBackend.Gives(2));

        Assert.Equal("i-2", (await patient).Instance?.Id);
    }

    [Fact]
    public async Task Repeat_OfOneIntentAtTheSameTime_AsksOnce_AndGivesEachItsOwn()
    {
        var answer = new TaskCompletionSource<LaunchResult>();
        _backend.Answer = _ => answer.Task;
        var repeats = new[] { RepeatAsync("linux-1", "linux-0", "linux-1"), RepeatAsync("linux-0", "linux-0", "linux-1") };

        answer.SetResult(ScriptedBackend.Gives(2));

        Assert.Equal(["i-2", "i-1"], (await Task.WhenAll(repeats)).Select(share => share.Instance?.Id));
        Assert.Equal("intent", Assert.Single(_backend.Orders).IntentId);
    }

    // The first of three has recorded its machine in the meantime: the response for three begins with that machine.
    [Fact]
    public async Task Repeat_ForFewerLeases_DoesNotTakeTheAnswerForMore()
    {
        var answer = new TaskCompletionSource<LaunchResult>();
        _backend.Answer = order => order.Count == 3 ? answer.Task : Task.FromException<LaunchResult>(new LaunchOutcomeUnknownException(order.IntentId));
        var forThree = RepeatAsync("linux-2", "linux-0", "linux-1", "linux-2");
        var forTwo = RepeatAsync("linux-1", "linux-1", "linux-2");

        answer.SetResult(ScriptedBackend.Gives(3));

        Assert.Equal("i-3", (await forThree).Instance?.Id);
        await Assert.ThrowsAsync<LaunchOutcomeUnknownException>(() => forTwo);
    }

    [Fact]
    public async Task Repeat_Failed_IsAskedAgain()
    {
        _backend.Answer = _ => Task.FromException<LaunchResult>(new ProviderException("AwsUnavailable", "no answer"));
        await Assert.ThrowsAsync<ProviderException>(() => RepeatAsync("linux-0", "linux-0"));

        _backend.Answer = _ => Task.FromResult(ScriptedBackend.Gives(1));

        Assert.Equal("i-1", (await RepeatAsync("linux-0", "linux-0")).Instance?.Id);
    }

    [Fact]
    public async Task Launch_NothingToAskFor_StoresNoIntent_AndSendsNothing()
    {
        var nothing = new ProviderException("InsufficientCapacity", "none");
        _backend.Prepare = _ => Task.FromException<PreparedLaunch>(nothing);

        var (stores, shares) = Launch("linux-0", "linux-1");

        foreach (var share in shares)
        {
            Assert.Same(nothing, await Assert.ThrowsAsync<ProviderException>(() => share));
        }

        Assert.All(stores, store => Assert.False(store.Task.IsCompleted));
        Assert.Empty(_backend.Orders);
    }

    private Task<LaunchShare> RepeatAsync(string name, params string[] waiting) =>
        _launcher.RepeatAsync(name, waiting, new("intent", FleetRequestsTests.Need, "request-hash"), CancellationToken.None);

    // Concurrent requests; each stores its intent when the test says so.
    private (List<TaskCompletionSource> Stores, List<Task<LaunchShare>> Shares) Launch(params string[] names)
    {
        var stores = Stores(names.Length);
        return (stores, [.. names.Select((name, index) =>
            _launcher.LaunchAsync(name, FleetRequestsTests.Need, (_, _) => stores[index].Task, CancellationToken.None))]);
    }

    // Another lease finds the batch closed, and opens the next one.
    private async Task WaitForCloseAsync()
    {
        for (var opened = _ids; opened == _ids; await Task.Yield())
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => _launcher.LaunchAsync(
                "probe", FleetRequestsTests.Need, (_, _) => throw new InvalidOperationException("only looking"), CancellationToken.None));
        }
    }

    private static List<TaskCompletionSource> Stores(int count) => [.. Enumerable.Range(0, count).Select(_ => new TaskCompletionSource())];

    private static Task StoreAsync(List<string> intents, string intent)
    {
        intents.Add(intent);
        return Task.CompletedTask;
    }
}
