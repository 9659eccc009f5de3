using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    private string A => Widgets + "/a";

    [ContractFact(Since = 22)]
    public async Task Apply_NothingThere_Creates()
    {
        var created = (await Api.ApplyAsync(A, "one", Config("""{"size": 1, "label": "x"}"""))).Expect(201).Body;

        Assert.Equal("x", created["spec"]!["label"]!.ToString());
        var entry = Assert.Single(created["metadata"]!["managedFields"]!.AsArray())!;
        Assert.Equal("one Apply contract.test/v1 FieldsV1", $"{entry["manager"]} {entry["operation"]} {entry["apiVersion"]} {entry["fieldsType"]}");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"f:spec": {"f:size": {}, "f:label": {}}}"""), entry["fieldsV1"]), entry.ToJsonString());
    }

    [ContractFact]
    public async Task Apply_SameAgain_KeepsTheResourceVersion()
    {
        var first = (await Api.ApplyAsync(A, "one", Config("""{"size": 1, "parts": [{"name": "p", "weight": 2}]}"""))).Expect(201);

        var second = (await Api.ApplyAsync(A, "one", Config("""{"size": 1, "parts": [{"name": "p", "weight": 2}]}"""))).Expect(200);

        Assert.Equal(first.Version, second.Version);
    }

    [ContractFact]
    public async Task Apply_FieldLeftOut_IsRemoved()
    {
        await Api.ApplyAsync(A, "one", Config("""{"size": 1, "label": "x", "settings": {"k": "v", "l": "w"}, "options": {"name": "n"}}"""));

        var applied = (await Api.ApplyAsync(A, "one", Config("""{"size": 1, "settings": {"l": "w"}}"""))).Expect(200).Body;

        Assert.Null(applied["spec"]!["label"]);
        Assert.Null(applied["spec"]!["options"]);
        Assert.Equal("""{"l":"w"}""", applied["spec"]!["settings"]!.ToJsonString());
    }

    [ContractFact]
    public async Task Apply_FieldOfAnother_IsAConflictUnlessForced()
    {
        await Api.ApplyAsync(A, "one", Config("""{"size": 1, "label": "x"}"""));

        var refused = (await Api.ApplyAsync(A, "two", Config("""{"size": 2}"""))).ExpectFailure(409, "Conflict");
        refused.ExpectCause(".spec.size", "FieldManagerConflict");
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .spec.size", refused.Body["message"]!.ToString());

        (await Api.ApplyAsync(A, "two", Config("""{"size": 2}"""), force: true)).Expect(200);
        // The first one no longer owns it: leaving it out now removes nothing.
        var applied = (await Api.ApplyAsync(A, "one", Config("""{"label": "y"}"""))).Expect(200).Body;
        Assert.Equal(2, applied["spec"]!["size"]!.GetValue<int>());
        Assert.Equal("y", applied["spec"]!["label"]!.ToString());
    }

    [ContractFact]
    public async Task Apply_SameValueAsAnother_IsShared()
    {
        await Api.ApplyAsync(A, "one", Config("""{"size": 1, "label": "x"}"""));

        (await Api.ApplyAsync(A, "two", Config("""{"size": 1, "label": "x"}"""))).Expect(200);

        // One of two owners omits the field: it stays; the other does too: it is removed.
        Assert.NotNull((await Api.ApplyAsync(A, "one", Config("""{"size": 1}"""))).Expect(200).Body["spec"]!["label"]);
        Assert.Null((await Api.ApplyAsync(A, "two", Config("""{"size": 1}"""))).Expect(200).Body["spec"]!["label"]);
    }

    [ContractFact]
    public async Task Apply_FieldThatAPatchSet_IsAConflict()
    {
        await Api.ApplyAsync(A, "one", Config("""{"size": 1, "label": "x"}"""));
        (await Api.MergeAsync(A + "?fieldManager=patcher", """{"spec": {"label": "y"}}""")).Expect(200);

        var refused = (await Api.ApplyAsync(A, "one", Config("""{"size": 1, "label": "x"}"""))).ExpectFailure(409, "Conflict");

        Assert.Contains("conflict with \"patcher\" using contract.test/v1: .spec.label", refused.Body["message"]!.ToString());
    }

    [ContractFact(Since = 22)]
    public async Task Apply_ListByKey_ChangesOwnItemsOnly()
    {
        await Api.ApplyAsync(A, "one", Config("""{"size": 1, "parts": [{"name": "p", "weight": 1}], "tags": ["a", "b"]}"""));

        (await Api.ApplyAsync(A, "two", Config("""{"parts": [{"name": "q", "weight": 2}, {"name": "p", "note": "mine"}], "tags": ["c"]}"""))).Expect(200);
        var both = (await Api.GetAsync(A)).Body["spec"]!;
        Assert.Equal(["p:1:mine", "q:2:"], PartsOf(both));
        Assert.Equal(["a", "b", "c"], both["tags"]!.AsArray().Select(tag => tag!.ToString()).Order(StringComparer.Ordinal));

        var applied = (await Api.ApplyAsync(A, "one", Config("""{"size": 1, "tags": ["b"]}"""))).Expect(200).Body["spec"]!;
        Assert.Equal(["p::mine", "q:2:"], PartsOf(applied));
        Assert.Equal(["b", "c"], applied["tags"]!.AsArray().Select(tag => tag!.ToString()).Order(StringComparer.Ordinal));
    }

    [ContractFact]
    public async Task Apply_PlainList_IsReplacedAsAWhole()
    {
        await Api.ApplyAsync(A, "one", Config("""{"size": 1, "steps": ["a", "b"]}"""));

        var applied = (await Api.ApplyAsync(A, "one", Config("""{"size": 1, "steps": ["c"]}"""))).Expect(200).Body;

        Assert.Equal("""["c"]""", applied["spec"]!["steps"]!.ToJsonString());
        (await Api.ApplyAsync(A, "two", Config("""{"steps": ["d"]}"""))).ExpectFailure(409, "Conflict").ExpectCause(".spec.steps", "FieldManagerConflict");
    }

    [ContractFact(Since = 22)]
    public async Task Apply_Status_GoesThroughTheSubresourceOnly()
    {
        await Api.ApplyAsync(A, "one", Config("""{"size": 1}"""));
        var withStatus = Config("""{"size": 5}""");
        withStatus["status"] = JsonNode.Parse("""{"phase": "Done", "conditions": [{"type": "Ready", "status": "True"}]}""");

        var applied = (await Api.ApplyAsync(A + "/status", "two", withStatus)).Expect(200).Body;
        Assert.Equal("Done", applied["status"]!["phase"]!.ToString());
        Assert.Equal(1, applied["spec"]!["size"]!.GetValue<int>());
        Assert.Equal("status", applied["metadata"]!["managedFields"]!.AsArray().Single(entry => entry!["manager"]!.ToString() == "two")!["subresource"]!.ToString());

        withStatus["status"] = JsonNode.Parse("""{"conditions": [{"type": "Other", "status": "False"}]}""");
        var reapplied = (await Api.ApplyAsync(A + "/status", "two", withStatus)).Expect(200).Body;
        Assert.Equal("""{"conditions":[{"status":"False","type":"Other"}]}""", Sorted(reapplied["status"]!));
    }

    [ContractFact(Since = 22)]
    public async Task Apply_FinalizersAndOwners_AreSharedLists()
    {
        var one = Config("""{"size": 1}""");
        one["metadata"]!["finalizers"] = new JsonArray("contract.test/one");
        await Api.ApplyAsync(A, "one", one);
        var two = WidgetDefinition.WidgetWith("a", "{}");
        two.Remove("spec");
        two["metadata"]!["finalizers"] = new JsonArray("contract.test/two");

        var both = (await Api.ApplyAsync(A, "two", two)).Expect(200).Body;
        Assert.Equal(2, both["metadata"]!["finalizers"]!.AsArray().Count);

        one["metadata"]!.AsObject().Remove("finalizers");
        var left = (await Api.ApplyAsync(A, "one", one)).Expect(200).Body;
        Assert.Equal("""["contract.test/two"]""", left["metadata"]!["finalizers"]!.ToJsonString());
        (await Api.MergeAsync(A, """{"metadata": {"finalizers": null}}""")).Expect(200);
    }

    [ContractFact]
    public async Task Apply_WithoutAManager_IsRefused() =>
        (await Api.PatchAsync(A, RawApi.ApplyPatch, Config("""{"size": 1}""").ToJsonString())).ExpectFailure(422, "Invalid");

    [ContractFact]
    public async Task Apply_BuiltInKind_MergesAndRemoves()
    {
        await Api.ApplyAsync(ConfigMaps + "/a", "one", ConfigMap("a"));
        var two = ConfigMap("a");
        two["data"] = new JsonObject { ["b"] = "2" };
        await Api.ApplyAsync(ConfigMaps + "/a", "two", two);
        var one = ConfigMap("a");
        one["data"] = new JsonObject { ["c"] = "3" };

        var applied = (await Api.ApplyAsync(ConfigMaps + "/a", "one", one)).Expect(200).Body;

        Assert.Equal("""{"b":"2","c":"3"}""", Sorted(applied["data"]!));
    }

    private static JsonObject Config(string spec) => WidgetDefinition.WidgetWith("a", spec);

    private static string[] PartsOf(JsonNode spec) =>
        [.. spec["parts"]!.AsArray().Select(part => $"{part!["name"]}:{part["weight"]}:{part["note"]}").Order(StringComparer.Ordinal)];

    private static string Sorted(JsonNode node) => SortedCopy(node)!.ToJsonString();

    private static JsonNode? SortedCopy(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, SortedCopy(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(SortedCopy)]),
        _ => node?.DeepClone(),
    };
}
