using FsCheck;
using FsCheck.Fluent;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Tests.Queues;

/// <summary>Whatever is done to a queue in whatever order, it behaves as a model that is too simple to be wrong.</summary>
public sealed class WorkQueueModelTests
{
    private static readonly Gen<Step> Steps = Gen.OneOf(
        Keys().Select(key => new Step("Add", key, 0)),
        Gen.Constant(new Step("Take", 0, 0)),
        Keys().Select(key => new Step("Done", key, 0)),
        Keys().SelectMany(key => Gen.Choose(1, 5).Select(delay => new Step("AddAfter", key, delay))),
        Gen.Choose(1, 4).Select(seconds => new Step("Advance", 0, seconds)));

    [Fact]
    public void WorkQueue_AnySteps_BehavesAsTheModel() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), steps =>
        {
            var environment = new TestEnvironment();
            using var queue = new WorkQueue<int>("model", BackOff.ForKeys, environment.Runtime);
            var model = new Model();
            foreach (var step in steps)
            {
                Assert.Equal(model.Do(step), Do(queue, environment, step));
                Assert.Equal(model.IsIdle, queue.IsIdle);
            }
        }).QuickCheckThrowOnFailure();

    private static Gen<int> Keys() => Gen.Choose(0, 3);

    private static int? Do(WorkQueue<int> queue, TestEnvironment environment, Step step)
    {
        switch (step.What)
        {
            case "Add":
                queue.Add(step.Key);
                return null;
            case "Take":
                return queue.TryTake(out var key) ? key : null;
            case "Done":
                queue.Done(step.Key);
                return null;
            case "AddAfter":
                queue.AddAfter(step.Key, TimeSpan.FromSeconds(step.Seconds));
                return null;
            default:
                environment.Advance(TimeSpan.FromSeconds(step.Seconds));
                return null;
        }
    }

    private sealed record Step(string What, int Key, int Seconds);

    private sealed class Model
    {
        private readonly List<int> _waiting = []; // in order of arrival, also those that are worked on
        private readonly List<int> _busy = [];
        private readonly List<(int Key, int Due)> _delayed = [];
        private int _now;

        public bool IsIdle => _waiting.Count == 0 && _busy.Count == 0;

        public int? Do(Step step)
        {
            switch (step.What)
            {
                case "Add":
                    Add(step.Key);
                    return null;
                case "Take":
                    return Take();
                case "Done":
                    // Keys added in the meantime are queued now, behind those that were ready before.
                    if (_busy.Remove(step.Key) && _waiting.Remove(step.Key))
                    {
                        _waiting.Add(step.Key);
                    }

                    return null;
                case "AddAfter":
                    if (!_delayed.Exists(known => known.Key == step.Key && known.Due <= _now + step.Seconds))
                    {
                        _delayed.RemoveAll(known => known.Key == step.Key);
                        _delayed.Add((step.Key, _now + step.Seconds));
                    }

                    return null;
                default:
                    Advance(_now + step.Seconds);
                    return null;
            }
        }

        private void Add(int key)
        {
            if (!_waiting.Contains(key))
            {
                _waiting.Add(key);
            }
        }

        private int? Take()
        {
            var index = _waiting.FindIndex(key => !_busy.Contains(key));
            if (index < 0)
            {
                return null;
            }

            var key = _waiting[index];
            _waiting.RemoveAt(index);
            _busy.Add(key);
            return key;
        }

        private void Advance(int target)
        {
            foreach (var (key, _) in _delayed.Where(known => known.Due <= target).OrderBy(known => known.Due).ToList())
            {
                _delayed.RemoveAll(known => known.Key == key);
                Add(key);
            }

            _now = target;
        }
    }
}
