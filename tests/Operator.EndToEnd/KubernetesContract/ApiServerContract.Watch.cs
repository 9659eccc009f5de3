namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    [ContractFact]
    public async Task Watch_FromAVersion_TellsAllThatHappenedSince()
    {
        await CreateAsync("before");
        var start = (await Api.GetAsync(Widgets)).Version;
        var created = await CreateAsync("a");
        var updated = (await Api.MergeAsync(A, """{"spec": {"size": 2}}""")).Expect(200);
        using var watch = await Api.WatchAsync($"{Widgets}?resourceVersion={start}");
        (await Api.DeleteAsync(A)).Expect(200);

        var events = await watch.TakeAsync(3);

        Assert.Equal(["ADDED", "MODIFIED", "DELETED"], events.Select(told => told.Type));
        Assert.Equal(long.Parse(created.Version), events[0].Version);
        Assert.Equal(long.Parse(updated.Version), events[1].Version);
        Assert.True(events[2].Version > events[1].Version);
        Assert.Equal(2, events[2].Item["spec"]!["size"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task Watch_FromNowhere_BeginsWithWhatIsThere()
    {
        await CreateAsync("a");
        await CreateAsync("b");
        using var watch = await Api.WatchAsync(Widgets);
        Assert.Equal(["ADDED a", "ADDED b"], (await watch.TakeAsync(2)).Select(told => told.ToString()).Order(StringComparer.Ordinal));

        await CreateAsync("c");

        Assert.Equal("ADDED c", (await watch.NextAsync())!.ToString());
    }

    [ContractFact]
    public async Task Watch_ObjectEntersAndLeavesTheSelection_IsAddedAndDeleted()
    {
        await CreateConfigMapAsync("a");
        var start = (await Api.GetAsync(ConfigMaps)).Version;
        using var watch = await Api.WatchAsync($"{ConfigMaps}?resourceVersion={start}&labelSelector=x%3D1");

        (await Api.MergeAsync(ConfigMaps + "/a", """{"metadata": {"labels": {"x": "1"}}}""")).Expect(200);
        (await Api.MergeAsync(ConfigMaps + "/a", """{"data": {"b": "2"}}""")).Expect(200);
        (await Api.MergeAsync(ConfigMaps + "/a", """{"metadata": {"labels": {"x": "2"}}}""")).Expect(200);

        var events = await watch.TakeAsync(3);
        Assert.Equal(["ADDED", "MODIFIED", "DELETED"], events.Select(told => told.Type));
        Assert.Equal("1", events[2].Item["metadata"]!["labels"]!["x"]!.ToString());
        Assert.True(events[2].Version > events[1].Version);
    }

    [ContractFact]
    public async Task Watch_OneName_TellsOfNothingElse()
    {
        var start = (await Api.GetAsync(Widgets)).Version;
        using var watch = await Api.WatchAsync($"{Widgets}?resourceVersion={start}&fieldSelector=metadata.name%3Db");

        await CreateAsync("a");
        await CreateAsync("b");

        Assert.Equal("ADDED b", (await watch.NextAsync())!.ToString());
    }

    [ContractFact]
    public async Task Watch_StatusWritten_IsTold()
    {
        await CreateAsync("a");
        var start = (await Api.GetAsync(Widgets)).Version;
        using var watch = await Api.WatchAsync($"{Widgets}?resourceVersion={start}");

        (await Api.MergeAsync(A + "/status", """{"status": {"phase": "Done"}}""")).Expect(200);

        Assert.Equal("Done", (await watch.NextAsync())!.Item["status"]!["phase"]!.ToString());
    }

    [ContractFact]
    public async Task Watch_DeletionHeldByAFinalizer_IsModifiedThenDeleted()
    {
        await CreateHeldAsync("a");
        var start = (await Api.GetAsync(Widgets)).Version;
        using var watch = await Api.WatchAsync($"{Widgets}?resourceVersion={start}");

        await Api.DeleteAsync(A);
        (await Api.MergeAsync(A, """{"metadata": {"finalizers": null}}""")).Expect(200);

        Assert.Equal(["MODIFIED a", "DELETED a"], (await watch.TakeAsync(2)).Select(told => told.ToString()));
    }

    [ContractFact]
    public async Task Watch_FromAForgottenVersion_EndsWithGone()
    {
        await CreateAsync("a");
        using var watch = await Api.WatchAsync($"{Widgets}?resourceVersion=1");

        var told = (await watch.NextAsync())!;

        Assert.Equal("ERROR", told.Type);
        Assert.Equal(410, told.Item["code"]!.GetValue<int>());
        Assert.Equal("Expired", told.Item["reason"]!.ToString());
        Assert.Null(await watch.NextAsync());
    }

    [ContractFact]
    public async Task Watch_WithBookmarks_IsToldHowFarItIsBeforeItEnds()
    {
        var start = (await Api.GetAsync(Widgets)).Version;
        using var watch = await Api.WatchAsync($"{Widgets}?resourceVersion={start}&allowWatchBookmarks=true&timeoutSeconds=5");
        var created = await CreateAsync("a");
        Assert.Equal("ADDED a", (await watch.NextAsync())!.ToString());

        var bookmark = (await watch.NextAsync())!;

        Assert.Equal("BOOKMARK", bookmark.Type);
        Assert.Equal("Widget", bookmark.Item["kind"]!.ToString());
        Assert.True(bookmark.Version >= long.Parse(created.Version));
        await ExpectEndAsync(watch);
    }

    // 1.36 answers 500 where others answer 400.
    [ContractFact]
    public async Task Watch_FromNonsense_IsRefused() =>
        Assert.InRange((await Api.GetAsync(Widgets + "?watch=true&resourceVersion=soon")).Code, 400, 599);

    [ContractFact]
    public async Task Watch_TimeOver_Ends()
    {
        var start = (await Api.GetAsync(Widgets)).Version;
        using var watch = await Api.WatchAsync($"{Widgets}?resourceVersion={start}&timeoutSeconds=1");

        Assert.Null(await watch.NextAsync());
    }

    [ContractFact(Since = 32)]
    public async Task Watch_WithInitialEvents_MarksWhereTheyEnd()
    {
        await CreateAsync("a");
        using var watch = await Api.WatchAsync(
            $"{Widgets}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=");

        var events = await watch.TakeAsync(2);

        Assert.Equal(["ADDED", "BOOKMARK"], events.Select(told => told.Type));
        Assert.Equal("true", events[1].Item["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.ToString());
    }

    [ContractFact]
    public async Task Watch_AsTable_TellsRows()
    {
        await CreateAsync("a");
        using var watch = await Api.WatchAsync(Widgets, AsTable);
        var first = (await watch.NextAsync())!;
        (await Api.MergeAsync(A, """{"spec": {"size": 2}}""")).Expect(200);
        var second = (await watch.NextAsync())!;

        Assert.Equal("Table", first.Item["kind"]!.ToString());
        Assert.Equal(5, first.Item["columnDefinitions"]!.AsArray().Count);
        Assert.Equal("a", first.Item["rows"]![0]!["cells"]![0]!.ToString());
        Assert.Equal(2, second.Item["rows"]![0]!["cells"]![1]!.GetValue<int>());
        Assert.True(second.Item["columnDefinitions"] is null or System.Text.Json.Nodes.JsonArray { Count: 0 });
    }

    private static async Task ExpectEndAsync(WatchReader watch)
    {
        while (await watch.NextAsync() is { } told)
        {
            Assert.Equal("BOOKMARK", told.Type);
        }
    }
}
