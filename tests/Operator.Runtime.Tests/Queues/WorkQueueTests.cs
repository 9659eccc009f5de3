using Operator.Runtime.Queues;

namespace Operator.Runtime.Tests.Queues;

public sealed class WorkQueueTests : IDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new("test", BackOff.ForKeys, _environment.Runtime);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public void Add_SameKeyTwice_IsHandedOutOnce()
    {
        _queue.Add("a");
        _queue.Add("a");

        Assert.Equal(1, _queue.Count);
        Assert.Equal(["a"], TakeAll());
    }

    [Fact]
    public void Add_SeveralKeys_AreHandedOutInOrder()
    {
        foreach (var key in (string[])["c", "a", "b", "a"])
        {
            _queue.Add(key);
        }

        Assert.Equal(["c", "a", "b"], TakeAll());
    }

    [Fact]
    public void Add_WhileWorkedOn_IsHandedOutAgainOnlyAfterDone()
    {
        _queue.Add("a");
        Assert.True(_queue.TryTake(out _));
        _queue.Add("a");

        Assert.False(_queue.TryTake(out _));
        _queue.Done("a");
        Assert.Equal(["a"], TakeAll());
    }

    [Fact]
    public void Done_WithoutAddMeanwhile_LeavesTheQueueIdle()
    {
        _queue.Add("a");
        Assert.False(_queue.IsIdle);
        Assert.True(_queue.TryTake(out _));
        Assert.False(_queue.IsIdle);
        _queue.Done("a");
        Assert.True(_queue.IsIdle);
    }

    [Fact]
    public void AddAfter_SeveralDelays_AreReadyInOrderOfTime()
    {
        _queue.AddAfter("late", TimeSpan.FromSeconds(3));
        _queue.AddAfter("early", TimeSpan.FromSeconds(1));
        _queue.AddAfter("middle", TimeSpan.FromSeconds(2));
        Assert.True(_queue.IsIdle);

        _environment.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["early"], TakeAll());
        _environment.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["middle", "late"], TakeAll());
    }

    [Fact]
    public void AddAfter_TwoDelaysOfOneKey_TheEarlierCountsAndTheLaterIsForgotten()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(1));
        _queue.AddAfter("a", TimeSpan.FromSeconds(3));

        _environment.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], TakeAll());
        _environment.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(TakeAll());
    }

    [Theory]
    [InlineData(366)]
    [InlineData(10_675_199)]
    public void AddAfter_LongerThanATimerTakes_IsReadyBeforeThatAtTheLatest(int days)
    {
        _queue.AddAfter("far", TimeSpan.FromDays(days));
        _queue.AddAfter("near", TimeSpan.FromDays(2));

        _environment.Advance(TimeSpan.FromDays(2));
        Assert.Equal(["near"], TakeAll());
        _environment.Advance(TimeSpan.FromDays(49));
        Assert.Equal(["far"], TakeAll());
    }

    [Fact]
    public void AddAfter_NoDelay_IsReadyAtOnce()
    {
        _queue.AddAfter("a", TimeSpan.Zero);

        Assert.Equal(["a"], TakeAll());
    }

    [Fact]
    public void AddRateLimited_TimeAndAgain_NeverGivesUpAndNeverExceedsTheCap()
    {
        for (var failures = 0; failures < 40; failures++)
        {
            _queue.AddRateLimited("a");
            var delay = BackOff.ForKeys.Delay(failures, 0);
            _environment.Advance(delay - TimeSpan.FromTicks(1));
            Assert.Empty(TakeAll());
            _environment.Advance(TimeSpan.FromTicks(1));
            Assert.Equal(["a"], TakeAll());
        }
    }

    [Fact]
    public void Forget_AfterFailures_BeginsAtTheShortestDelayAgain()
    {
        for (var i = 0; i < 5; i++)
        {
            _queue.AddRateLimited("a");
            _environment.Advance(TimeSpan.FromMinutes(5));
            TakeAll();
        }

        _queue.Forget("a");
        _queue.AddRateLimited("a");
        _environment.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(["a"], TakeAll());
    }

    [Fact]
    public async Task TakeAsync_EmptyQueue_EndsWithTheNextKey()
    {
        var waiting = _queue.TakeAsync(CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);

        _queue.Add("a");

        Assert.Equal("a", await waiting.Soon());
    }

    [Fact]
    public async Task TakeAsync_ManyWorkers_NeverWorkOnOneKeyAtOnceAndMissNoAdd()
    {
        const int Keys = 5, Adds = 4000;
        var added = new int[Keys];
        var seen = new int[Keys];
        var busy = new int[Keys];
        var overlaps = 0;
        using var queue = new WorkQueue<int>("concurrent", BackOff.ForKeys, _environment.Runtime);
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var key = await queue.TakeAsync(stop.Token);
                overlaps += Interlocked.Increment(ref busy[key]) == 1 ? 0 : 1;
                Volatile.Write(ref seen[key], Volatile.Read(ref added[key]));
                await Task.Yield();
                Interlocked.Decrement(ref busy[key]);
                queue.Done(key);
            }
        })).ToList();

        await Parallel.ForEachAsync(Enumerable.Range(0, Adds), (i, _) =>
        {
            Interlocked.Increment(ref added[i % Keys]);
            queue.Add(i % Keys);
            return ValueTask.CompletedTask;
        });
        await Eventually.IsTrueAsync(() => queue.IsIdle, "every key is done");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(workers).Soon());
        Assert.Equal(0, overlaps);
        Assert.Equal(added, seen); // the last pass over each key began after its last add
    }

    private List<string> TakeAll()
    {
        List<string> taken = [];
        while (_queue.TryTake(out var key))
        {
            taken.Add(key);
        }

        taken.ForEach(_queue.Done);
        return taken;
    }
}
