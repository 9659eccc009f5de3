using FsCheck;
using FsCheck.Fluent;
using Operator.Runtime.Informers;

namespace Operator.Runtime.Tests.Informers;

/// <summary>
/// However our own writes' answers, the events and relists interleave: when all events are in, the store is what the server has,
/// and no object ever reverts to an older version.
/// </summary>
public sealed class ObjectStoreConvergenceTests
{
    private static readonly Gen<Step> Steps = Gen.Choose(0, 2).SelectMany(key => Gen.Elements(
        Enum.GetValues<What>()).Select(what => new Step(what, Widget.Key($"w{key}"))));

    private enum What
    {
        OwnWrite,
        ForeignWrite,
        Delete,
        AnswerArrives,
        EventArrives,
        ListBegins,
        ListArrives,
    }

    [Fact]
    public void Store_AnyInterleaving_EndsAsTheServer() =>
        Prop.ForAll(Steps.ListOf().Resize(60).ToArbitrary(), steps =>
        {
            var world = new World();
            steps.ToList().ForEach(world.Do);
            world.DeliverAll();
            Assert.Equal(world.OnServer, world.InStore);
        }).QuickCheckThrowOnFailure();

    private sealed record Step(What What, NamespacedName Key);

    private sealed class World
    {
        private readonly Dictionary<NamespacedName, Widget> _server = [];
        private readonly ObjectStore<Widget> _store = new();
        private readonly Queue<Widget> _answers = new();
        private readonly Queue<(Widget Item, bool Deleted)> _events = new();
        private readonly Dictionary<NamespacedName, long> _seen = [];
        private (List<Widget> Items, long Version)? _listing;
        private long _version = 10;

        public World()
        {
            _store.Replace([], "10");
            _store.Changed = (before, after) =>
            {
                if (after is not null)
                {
                    var (key, version) = (NamespacedName.From(after), long.Parse(after.Metadata.ResourceVersion!));
                    Assert.True(version > _seen.GetValueOrDefault(key), $"{key} went back to {version}");
                    _seen[key] = version;
                }
            };
        }

        public IEnumerable<string> OnServer => _server.Values.Select(Text).Order();

        public IEnumerable<string> InStore => _store.List().Select(Text).Order();

        public void Do(Step step)
        {
            switch (step.What)
            {
                case What.OwnWrite:
                    _answers.Enqueue(Write(step.Key));
                    break;
                case What.ForeignWrite:
                    Write(step.Key);
                    break;
                case What.Delete when _server.Remove(step.Key):
                    _events.Enqueue((Widget.Create(step.Key.Name, ++_version), true));
                    break;
                case What.AnswerArrives when _answers.TryDequeue(out var answer):
                    _store.Upsert(answer);
                    break;
                case What.EventArrives when _listing is null && _events.TryDequeue(out var change):
                    Deliver(change);
                    break;
                case What.ListBegins when _listing is null:
                    _listing = ([.. _server.Values], _version);
                    break;
                case What.ListArrives when _listing is { } listing:
                    Relist(listing.Items, listing.Version);
                    break;
            }
        }

        public void DeliverAll()
        {
            if (_listing is { } listing)
            {
                Relist(listing.Items, listing.Version);
            }

            while (_events.TryDequeue(out var change))
            {
                Deliver(change);
            }

            while (_answers.TryDequeue(out var answer))
            {
                _store.Upsert(answer);
            }
        }

        private static string Text(Widget item) => $"{item.Metadata.Name}@{item.Metadata.ResourceVersion}";

        private Widget Write(NamespacedName key)
        {
            var item = Widget.Create(key.Name, ++_version);
            _server[key] = item;
            _events.Enqueue((item, false));
            return item;
        }

        // The watch continues after the list: earlier events are not repeated.
        private void Relist(List<Widget> items, long version)
        {
            _store.Replace(items.Select(_store.Prepare), version.ToString());
            while (_events.TryPeek(out var next) && long.Parse(next.Item.Metadata.ResourceVersion!) <= version)
            {
                _events.Dequeue();
            }

            _listing = null;
        }

        private void Deliver((Widget Item, bool Deleted) change)
        {
            if (change.Deleted)
            {
                _store.Remove(NamespacedName.From(change.Item), change.Item.Metadata.ResourceVersion);
            }
            else
            {
                _store.Set(change.Item);
            }
        }
    }
}
