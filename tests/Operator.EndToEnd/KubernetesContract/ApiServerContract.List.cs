using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    private const string AsTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    [ContractFact]
    public async Task List_Collection_HasItsKindAndVersionAndOrder()
    {
        await CreateAsync("b");
        var last = await CreateAsync("a");

        var list = (await Api.GetAsync(Widgets)).Expect(200);

        Assert.Equal("WidgetList contract.test/v1", $"{list.Body["kind"]} {list.Body["apiVersion"]}");
        Assert.Equal(["a", "b"], list.Names);
        Assert.True(long.Parse(list.Version) >= long.Parse(last.Version));
    }

    [ContractFact]
    public async Task List_AcrossNamespaces_FindsAll()
    {
        await CreateAsync("only-here");

        Assert.Contains("only-here", (await Api.GetAsync("/apis/contract.test/v1/widgets")).Expect(200).Names);
    }

    [ContractFact]
    public async Task List_LabelSelector_Selects()
    {
        await CreateConfigMapAsync("a", """{"labels": {"app": "web", "tier": "front"}}""");
        await CreateConfigMapAsync("b", """{"labels": {"app": "web"}}""");
        await CreateConfigMapAsync("c", """{"labels": {"app": "db"}}""");
        await CreateConfigMapAsync("d");

        Assert.Equal(["a", "b"], await SelectAsync("labelSelector", "app=web"));
        Assert.Equal(["a", "b"], await SelectAsync("labelSelector", "app==web"));
        Assert.Equal(["c", "d"], await SelectAsync("labelSelector", "app!=web"));
        Assert.Equal(["a", "b", "c"], await SelectAsync("labelSelector", "app in (web, db)"));
        Assert.Equal(["d"], await SelectAsync("labelSelector", "app notin (web, db)"));
        Assert.Equal(["a"], await SelectAsync("labelSelector", "tier"));
        Assert.Equal(["b"], await SelectAsync("labelSelector", "app=web,!tier"));
        (await Api.GetAsync(ConfigMaps + "?labelSelector=a%20b%20c")).ExpectFailure(400, "BadRequest");
    }

    [ContractFact]
    public async Task List_FieldSelector_Selects()
    {
        await CreateConfigMapAsync("a");
        await CreateConfigMapAsync("b");

        Assert.Equal(["a"], await SelectAsync("fieldSelector", "metadata.name=a"));
        Assert.Equal(["b"], await SelectAsync("fieldSelector", "metadata.name!=a"));
        Assert.Equal([], await SelectAsync("fieldSelector", "metadata.namespace=elsewhere"));
        (await Api.GetAsync(ConfigMaps + "?fieldSelector=data.a%3D1")).ExpectFailure(400, "BadRequest");
        (await Api.GetAsync(Widgets + "?fieldSelector=spec.size%3D1")).ExpectFailure(400, "BadRequest");
    }

    [ContractFact]
    public async Task List_EventsOfAnObject_AreFoundByItsUid()
    {
        await CreateEventAsync("a", "u-1");

        Assert.Single((await Api.GetAsync(Events + "?fieldSelector=involvedObject.uid%3Du-1,involvedObject.kind%3DWidget")).Names);
        Assert.Empty((await Api.GetAsync(Events + "?fieldSelector=involvedObject.uid%3Du-2")).Names);
    }

    [ContractFact]
    public async Task List_InPages_ShowsOneMoment()
    {
        foreach (var name in (string[])["a", "b", "c", "d", "e"])
        {
            await CreateAsync(name);
        }

        var first = (await Api.GetAsync(Widgets + "?limit=2")).Expect(200);
        Assert.Equal(["a", "b"], first.Names);
        Assert.Equal(3, first.Body["metadata"]!["remainingItemCount"]!.GetValue<int>());
        (await Api.DeleteAsync(Widgets + "/c")).Expect(200);
        await CreateAsync("f");

        var second = (await Api.GetAsync(Widgets + "?limit=2" + Continue(first))).Expect(200);
        Assert.Equal(["c", "d"], second.Names);
        Assert.Equal(first.Version, second.Version);

        var third = (await Api.GetAsync(Widgets + "?limit=2" + Continue(second))).Expect(200);
        Assert.Equal(["e"], third.Names);
        Assert.True(string.IsNullOrEmpty(third.Body["metadata"]!["continue"]?.ToString()));
    }

    [ContractFact(NeedsEtcd = true)]
    public async Task List_ContinuedAfterCompaction_HasExpiredAndCanGoOnInconsistently()
    {
        // Events, because the API server answers for most other kinds from a memory of its own.
        await CreateEventAsync("a", "u-1");
        await CreateEventAsync("b", "u-1");
        var first = (await Api.GetAsync(Events + "?limit=1")).Expect(200);
        var last = await CreateEventAsync("c", "u-1");
        await CompactAsync(long.Parse(last.Version));

        var expired = (await Api.GetAsync(Events + "?limit=1" + Continue(first))).ExpectFailure(410, "Expired");

        Assert.Equal(["b", "c"], (await Api.GetAsync(Events + "?limit=5" + Continue(expired))).Expect(200).Names);
    }

    [ContractFact]
    public async Task List_BrokenContinueToken_IsABadRequest() =>
        (await Api.GetAsync(Widgets + "?limit=1&continue=nonsense")).ExpectFailure(400, "BadRequest");

    [ContractFact]
    public async Task List_ExactlyAnOlderVersion_ShowsWhatWasThen()
    {
        var first = await CreateAsync("a");
        await CreateAsync("b");

        var then = await Api.GetAsync($"{Widgets}?resourceVersion={first.Version}&resourceVersionMatch=Exact&limit=500");

        Assert.Equal(["a"], then.Expect(200).Names);
        Assert.Equal(first.Version, then.Version);
    }

    [ContractFact]
    public async Task List_AsTable_HasColumnsAndCells()
    {
        await CreateAsync("a", """{"size": 7}""");
        (await Api.MergeAsync(A + "/status", """{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}""")).Expect(200);

        var table = (await Api.GetAsync(Widgets, AsTable)).Expect(200).Body;

        Assert.Equal("Table meta.k8s.io/v1", $"{table["kind"]} {table["apiVersion"]}");
        Assert.Equal(
            ["Name:string:0", "Size:integer:0", "Ready:string:0", "Color:string:1", "Age:date:0"],
            table["columnDefinitions"]!.AsArray().Select(column => $"{column!["name"]}:{column["type"]}:{column["priority"]}"));
        var row = Assert.Single(table["rows"]!.AsArray())!;
        Assert.Equal("""["a",7,"True","red"]""", new JsonArray([.. row["cells"]!.AsArray().Take(4).Select(cell => cell!.DeepClone())]).ToJsonString());
        Assert.Matches(@"^\d+[sm]", row["cells"]![4]!.ToString());
        Assert.Equal("PartialObjectMetadata", row["object"]!["kind"]!.ToString());
        Assert.Equal("a", row["object"]!["metadata"]!["name"]!.ToString());
    }

    [ContractFact]
    public async Task Get_AsTable_HasOneRow()
    {
        await CreateAsync("a");

        var table = (await Api.GetAsync(A, AsTable)).Expect(200).Body;

        Assert.Null(Assert.Single(table["rows"]!.AsArray())!["cells"]![2]);
    }

    private async Task<IReadOnlyList<string>> SelectAsync(string kind, string selector) =>
        [.. (await Api.GetAsync($"{ConfigMaps}?{kind}={Uri.EscapeDataString(selector)}")).Expect(200).Names.Where(name => name != "kube-root-ca.crt")];

    private string Events => $"/api/v1/namespaces/{_space}/events";

    private async Task<Reply> CreateEventAsync(string name, string uid)
    {
        var made = JsonNode.Parse($$$"""
            {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "{{{name}}}"}, "reason": "Launched", "type": "Normal", "message": "m",
             "involvedObject": {"kind": "Widget", "namespace": "{{{_space}}}", "name": "a", "uid": "{{{uid}}}"}}
            """)!;
        return (await Api.PostAsync(Events, made)).Expect(201);
    }

    private static string Continue(Reply page) => "&continue=" + Uri.EscapeDataString(page.Body["metadata"]!["continue"]!.ToString());
}
