using FsCheck;
using FsCheck.Fluent;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Tests.Queues;

/// <summary>No group occupies all workers, regardless of the number of its keys and the duration of their work, and no key is lost.</summary>
public sealed class WorkSharesTests : IDisposable
{
    private const int Workers = 8;

    private readonly TestEnvironment _environment = new();
    private readonly WorkQueue<string> _queue;

    public WorkSharesTests() => _queue = Create();

    public void Dispose() => _queue.Dispose();

    [Fact]
    public void TryTake_OneGroupWithManyKeys_LeavesHalfOfTheWorkers()
    {
        AddMany("a", 1000);

        Assert.Equal(Workers / 2, Take(Workers).Count);
    }

    [Fact]
    public void TryTake_GroupThatComesLast_IsServedNext()
    {
        AddMany("a", 1000);
        Take(Workers);

        AddMany("b", 1);

        Assert.Equal(["b/0"], Take(Workers));
    }

    [Fact]
    public void TryTake_ManyGroupsThatNeverEnd_AlwaysLeaveAWorkerForAnotherOne()
    {
        for (var group = 0; group < Workers - 1; group++)
        {
            AddMany($"slow{group}", 100);
            Take(Workers);
        }

        AddMany("b", 1);

        Assert.Equal(["b/0"], Take(Workers));
    }

    [Fact]
    public void TryTake_SeveralGroups_TakeTurnsAndKeepTheirOrder()
    {
        AddMany("a", 3);
        AddMany("b", 2);

        List<string> order = [];
        for (var i = 0; i < 5; i++)
        {
            order.AddRange(TakeAndEnd(1));
        }

        Assert.Equal(["a/0", "b/0", "a/1", "b/1", "a/2"], order);
    }

    [Fact]
    public void TryTake_KeyOfTwoGroups_NeedsAShareOfBoth()
    {
        AddMany("a:region", 1000);
        AddMany("b:region", 1000);
        Take(Workers);
        Assert.Equal(Workers / 2, 2000 - _queue.Count); // two namespaces, one region

        AddMany("b:other", 1);

        Assert.Equal(["b:other/0"], Take(Workers));
    }

    [Fact]
    public async Task TakeAsync_KeyThatWasPassedOver_IsHandedOutWhenAShareIsFree()
    {
        AddMany("a", 5);
        var taken = Take(Workers);
        var waiting = _queue.TakeAsync(CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);

        _queue.Done(taken[0]);

        Assert.Equal("a/4", await waiting.Soon());
    }

    [Fact]
    public void TryTake_KeysOfHigherPriority_ComeFirstInTheirGroup()
    {
        using var queue = Create(key => key.EndsWith('!') ? 1 : 0);
        foreach (var key in (string[])["a/0", "a/1!", "b/0", "a/2", "a/3!"])
        {
            queue.Add(key);
        }

        Assert.Equal(["a/1!", "b/0", "a/3!", "a/0", "a/2"], TakeAll(queue));
    }

    [Fact]
    public void Add_ReadyKeyWhosePriorityHasRisen_MovesItForwardOnce()
    {
        var urgent = "";
        using var queue = Create(key => key == urgent ? 1 : 0);
        foreach (var key in (string[])["a/0", "a/1", "a/2"])
        {
            queue.Add(key);
        }

        urgent = "a/2";
        queue.Add("a/2");
        queue.Add("a/2");

        Assert.Equal(["a/2", "a/0", "a/1"], TakeAll(queue));
        Assert.True(queue.IsIdle);
    }

    [Fact]
    public void Add_KeyInProgressWhosePriorityHasRisen_ComesFirstAfterwards()
    {
        var urgent = "";
        using var queue = Create(key => key == urgent ? 1 : 0);
        queue.Add("a/0");
        Assert.True(queue.TryTake(out var taken));
        queue.Add("a/1");

        urgent = taken;
        queue.Add(taken);
        queue.Done(taken);

        Assert.Equal(["a/0", "a/1"], TakeAll(queue));
    }

    [Fact]
    public void WorkQueue_AnyKeysOfAnyGroups_LosesNoneAndKeepsTheShares() =>
        Prop.ForAll(Step().ListOf().ToArbitrary(), steps =>
        {
            var turn = 0;
            using var queue = Create(key => (key[^1] + ++turn) % 3); // any priority, which may change with each addition
            HashSet<string> ready = [], busy = [], again = [];
            foreach (var (what, key) in steps)
            {
                if (what < 5)
                {
                    queue.Add(key);
                    (busy.Contains(key) ? again : ready).Add(key);
                }
                else if (what < 8 && busy.Count < Workers)
                {
                    var free = Workers - busy.Count;
                    var open = ready.Where(waiting => GroupsOf(waiting).All(group => busy.Count(held => GroupsOf(held).Contains(group)) is var held && (held == 0 || held < free)));
                    if (!queue.TryTake(out var next))
                    {
                        Assert.Empty(open); // no waiter is left behind
                    }
                    else
                    {
                        Assert.Contains(next, open);
                        ready.Remove(next);
                        busy.Add(next);
                    }
                }
                else if (busy.Count > 0)
                {
                    var ended = busy.Order(StringComparer.Ordinal).First();
                    busy.Remove(ended);
                    queue.Done(ended);
                    if (again.Remove(ended))
                    {
                        ready.Add(ended);
                    }
                }

                Assert.Equal(ready.Count + again.Count, queue.Count);
            }

            foreach (var ended in busy)
            {
                queue.Done(ended);
            }

            Assert.Equal(ready.Union(again).Order(StringComparer.Ordinal), TakeAll(queue).Order(StringComparer.Ordinal));
            Assert.True(queue.IsIdle);
        }).QuickCheckThrowOnFailure();

    private static Gen<(int What, string Key)> Step() => Gen.Choose(0, 9).SelectMany(what =>
        Gen.Choose(0, 2).SelectMany(space => Gen.Choose(0, 1).SelectMany(region => Gen.Choose(0, 5).Select(name => (what, $"{space}:{region}/{name}")))));

    private WorkQueue<string> Create(Func<string, int>? priorityOf = null) =>
        new("shares", BackOff.ForKeys, _environment.Runtime, new(Workers, GroupsOf, priorityOf));

    private static IReadOnlyList<string> GroupsOf(string key) => [.. key.Split('/')[0].Split(':').Select((part, place) => $"{place} {part}")];

    private void AddMany(string group, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _queue.Add($"{group}/{i}");
        }
    }

    private static List<string> TakeAll(WorkQueue<string> queue)
    {
        List<string> taken = [];
        while (queue.TryTake(out var key))
        {
            taken.Add(key);
            queue.Done(key);
        }

        return taken;
    }

    private List<string> Take(int workers)
    {
        List<string> taken = [];
        for (var i = 0; i < workers && _queue.TryTake(out var key); i++)
        {
            taken.Add(key);
        }

        return taken;
    }

    private List<string> TakeAndEnd(int workers)
    {
        var taken = Take(workers);
        taken.ForEach(_queue.Done);
        return taken;
    }
}
