using Operator.Runtime.Informers;

namespace Operator.Runtime.Tests.Informers;

public sealed class ObjectStoreTests
{
    private readonly ObjectStore<Widget> _store = new();
    private readonly List<string> _changes = [];

    public ObjectStoreTests()
    {
        _store.AddIndex("color", item => item.Spec.Color is { } color ? [color] : []);
        _store.Changed = (before, after) =>
            _changes.Add($"{(after ?? before)!.Metadata.Name}:{before?.Metadata.ResourceVersion}>{after?.Metadata.ResourceVersion}");
    }

    [Fact]
    public void Upsert_NewerThanKnown_ReplacesAndItsEchoIsSilent()
    {
        Listed(10, Widget.Create("a", 5));

        _store.Upsert(Widget.Create("a", 12, "blue"));
        _store.Set(Widget.Create("a", 12, "blue"));

        Assert.Equal("blue", _store.Get(Widget.Key("a"))!.Spec.Color);
        Assert.Equal(["a:>5", "a:5>12"], _changes);
    }

    [Fact]
    public void Upsert_OlderThanKnown_IsIgnored()
    {
        Listed(10, Widget.Create("a", 5));
        _store.Set(Widget.Create("a", 20));

        _store.Upsert(Widget.Create("a", 19));

        Assert.Equal("20", _store.Get(Widget.Key("a"))!.Metadata.ResourceVersion);
    }

    [Fact]
    public void Upsert_Created_IsThereBeforeItsEvent()
    {
        Listed(10);

        _store.Upsert(Widget.Create("new", 11));

        Assert.NotNull(_store.Get(Widget.Key("new")));
    }

    [Fact]
    public void Upsert_DeletedMeanwhile_StaysDeleted()
    {
        Listed(10, Widget.Create("a", 5));
        _store.Remove(Widget.Key("a"), "13"); // deleted by another client after our write, which was 12

        _store.Upsert(Widget.Create("a", 12));

        Assert.Null(_store.Get(Widget.Key("a")));
    }

    [Fact]
    public void Upsert_ThenDeletedLater_IsDeleted()
    {
        Listed(10, Widget.Create("a", 5));
        _store.Upsert(Widget.Create("a", 12));

        _store.Remove(Widget.Key("a"), "13");

        Assert.Null(_store.Get(Widget.Key("a")));
    }

    [Fact]
    public void Upsert_BeforeTheFirstListOrIncomparable_IsIgnored()
    {
        _store.Upsert(Widget.Create("a", 5));
        Listed(10);
        var odd = Widget.Create("b", 0);
        odd.Metadata.ResourceVersion = "v2";
        _store.Upsert(odd);

        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void Remove_OfAnOlderObjectOfThatName_KeepsTheNewOne()
    {
        Listed(10, Widget.Create("a", 5));
        _store.Upsert(Widget.Create("a", 15)); // deleted at 13 and recreated by us at 15

        _store.Remove(Widget.Key("a"), "13");

        Assert.Equal("15", _store.Get(Widget.Key("a"))!.Metadata.ResourceVersion);
    }

    [Fact]
    public void Replace_ListFromBeforeOurWrite_KeepsOurWrite()
    {
        Listed(10, Widget.Create("a", 5), Widget.Create("gone", 6));
        _store.Upsert(Widget.Create("a", 22));
        _store.Upsert(Widget.Create("new", 23));

        Listed(20, Widget.Create("a", 5));

        Assert.Equal(["22", "23"], _store.List().Select(item => item.Metadata.ResourceVersion).Order());
    }

    [Fact]
    public void Replace_ServerRestoredFromABackup_TakesTheListAsItIs()
    {
        Listed(100, Widget.Create("a", 90), Widget.Create("later", 95));

        Listed(50, Widget.Create("a", 40));

        Assert.Equal("40", Assert.Single(_store.List()).Metadata.ResourceVersion);
    }

    [Fact]
    public void Replace_Relist_TellsWhatAppearedChangedAndWent()
    {
        Listed(10, Widget.Create("same", 1), Widget.Create("changed", 2), Widget.Create("went", 3));
        _changes.Clear();

        Listed(20, Widget.Create("same", 1), Widget.Create("changed", 15), Widget.Create("new", 16));

        Assert.Equal(["changed:2>15", "new:>16", "went:3>"], _changes);
    }

    [Fact]
    public void ByIndex_ObjectsComeChangeAndGo_FollowsThem()
    {
        Listed(10, Widget.Create("a", 1, "red"), Widget.Create("b", 2, "red"), Widget.Create("c", 3, "blue"), Widget.Create("d", 4));
        Assert.Equal(["a", "b"], Names("red"));

        _store.Set(Widget.Create("a", 11, "blue"));
        _store.Remove(Widget.Key("b"), "12");

        Assert.Empty(Names("red"));
        Assert.Equal(["a", "c"], Names("blue"));
        Assert.Empty(Names("green"));
        Assert.Throws<ArgumentException>(() => _store.ByIndex("size", "1"));
    }

    [Theory]
    [InlineData("9", "10", -1)]
    [InlineData("10", "9", 1)]
    [InlineData("10", "10", 0)]
    [InlineData("18446744073709551616", "18446744073709551615", 1)]
    [InlineData("a", "1", null)]
    [InlineData("", "1", null)]
    [InlineData(null, "1", null)]
    public void Compare_Versions_ByTheirNumberIfTheyAreNumbers(string? left, string? right, int? expected) =>
        Assert.Equal(expected, ResourceVersions.Compare(left, right) is { } result ? Math.Sign(result) : null);

    private IEnumerable<string?> Names(string color) => _store.ByIndex("color", color).Select(item => item.Metadata.Name).Order();

    private void Listed(long version, params Widget[] items) => _store.Replace(items.Select(_store.Prepare).ToList(), version.ToString());
}
