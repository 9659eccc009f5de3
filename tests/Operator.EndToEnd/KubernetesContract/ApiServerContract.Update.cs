using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    [ContractFact]
    public async Task Update_OldResourceVersion_IsAConflict()
    {
        var old = (await CreateAsync("a")).Body;
        (await Api.MergeAsync(Widgets + "/a", """{"spec": {"size": 2}}""")).Expect(200);
        old["spec"]!["size"] = 3;

        var refused = (await Api.PutAsync(Widgets + "/a", old)).ExpectFailure(409, "Conflict");

        Assert.Equal(
            "Operation cannot be fulfilled on widgets.contract.test \"a\": the object has been modified; please apply your changes to the latest version and try again",
            refused.Body["message"]!.ToString());
        Assert.Equal(2, (await Api.GetAsync(Widgets + "/a")).Body["spec"]!["size"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task Update_CustomResourceWithoutVersion_IsInvalid()
    {
        await CreateAsync("a");

        (await Api.PutAsync(Widgets + "/a", WidgetDefinition.Widget("a"))).ExpectFailure(422, "Invalid")
            .ExpectCause("metadata.resourceVersion", "FieldValueInvalid");
    }

    [ContractFact]
    public async Task Update_ConfigMapWithoutVersion_Overwrites()
    {
        await CreateConfigMapAsync("a");
        var other = ConfigMap("a");
        other["data"] = new JsonObject { ["b"] = "2" };

        var updated = (await Api.PutAsync(ConfigMaps + "/a", other)).Expect(200).Body;

        Assert.Equal("""{"b":"2"}""", updated["data"]!.ToJsonString());
    }

    [ContractFact]
    public async Task Update_Spec_CountsTheGenerationUp()
    {
        var widget = (await CreateAsync("a")).Body;
        widget["spec"]!["size"] = 7;

        var updated = (await Api.PutAsync(Widgets + "/a", widget)).Expect(200);

        Assert.Equal(2, updated.Body["metadata"]!["generation"]!.GetValue<int>());
        Assert.NotEqual(widget["metadata"]!["resourceVersion"]!.ToString(), updated.Version);
    }

    [ContractFact]
    public async Task Update_LabelsOnly_KeepsTheGeneration()
    {
        var widget = (await CreateAsync("a")).Body;
        widget["metadata"]!["labels"] = new JsonObject { ["x"] = "y" };

        var updated = (await Api.PutAsync(Widgets + "/a", widget)).Expect(200);

        Assert.Equal(1, updated.Body["metadata"]!["generation"]!.GetValue<int>());
        Assert.NotEqual(widget["metadata"]!["resourceVersion"]!.ToString(), updated.Version);
    }

    [ContractFact]
    public async Task Update_Nothing_KeepsTheResourceVersion()
    {
        var created = await CreateAsync("a");

        Assert.Equal(created.Version, (await Api.PutAsync(Widgets + "/a", created.Body)).Expect(200).Version);
        Assert.Equal(created.Version, (await Api.MergeAsync(Widgets + "/a", """{"spec": {"size": 1}}""")).Expect(200).Version);
    }

    [ContractFact]
    public async Task Update_WhatOnlyTheServerMaySet_IsIgnored()
    {
        var created = await CreateAsync("a");

        var updated = await Api.MergeAsync(Widgets + "/a", """{"metadata": {"generation": 9, "creationTimestamp": "2001-01-01T00:00:00Z"}}""");

        Assert.Equal(created.Body["metadata"]!["creationTimestamp"]!.ToString(), updated.Expect(200).Body["metadata"]!["creationTimestamp"]!.ToString());
        Assert.Equal(1, updated.Body["metadata"]!["generation"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task Update_OtherUid_IsAConflict()
    {
        var widget = (await CreateAsync("a")).Body;
        widget["metadata"]!["uid"] = "00000000-0000-0000-0000-000000000001";

        (await Api.PutAsync(Widgets + "/a", widget)).ExpectFailure(409, "Conflict");
    }

    [ContractFact]
    public async Task Update_OtherNameThanTheUrl_IsABadRequest()
    {
        await CreateAsync("a");

        (await Api.PutAsync(Widgets + "/a", WidgetDefinition.Widget("b"))).ExpectFailure(400, "BadRequest");
    }

    [ContractFact]
    public async Task Update_NothingThere_IsNotFound()
    {
        var widget = WidgetDefinition.Widget("a");
        widget["metadata"]!["resourceVersion"] = "1";

        (await Api.PutAsync(Widgets + "/a", widget)).ExpectFailure(404, "NotFound");
    }

    [ContractFact]
    public async Task Update_MainResource_LeavesTheStatusAlone()
    {
        await CreateAsync("a");
        var widget = (await Api.MergeAsync(Widgets + "/a/status", """{"status": {"phase": "Done"}}""")).Expect(200).Body;
        widget["status"] = new JsonObject { ["phase"] = "Other" };
        widget["spec"]!["size"] = 5;

        var updated = (await Api.PutAsync(Widgets + "/a", widget)).Expect(200).Body;

        Assert.Equal("Done", updated["status"]!["phase"]!.ToString());
        Assert.Equal(5, updated["spec"]!["size"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task UpdateStatus_WholeObject_ChangesTheStatusOnly()
    {
        var widget = (await CreateAsync("a")).Body;
        widget["status"] = new JsonObject { ["phase"] = "Done" };
        widget["spec"]!["size"] = 5;
        widget["metadata"]!["labels"] = new JsonObject { ["x"] = "y" };

        var updated = (await Api.PutAsync(Widgets + "/a/status", widget)).Expect(200).Body;

        Assert.Equal("Done", updated["status"]!["phase"]!.ToString());
        Assert.Equal(1, updated["spec"]!["size"]!.GetValue<int>());
        Assert.Equal(1, updated["metadata"]!["generation"]!.GetValue<int>());
        Assert.Null(updated["metadata"]!["labels"]);
    }

    [ContractFact]
    public async Task UpdateStatus_OldResourceVersion_IsAConflict()
    {
        var widget = (await CreateAsync("a")).Body;
        (await Api.MergeAsync(Widgets + "/a", """{"spec": {"size": 2}}""")).Expect(200);
        widget["status"] = new JsonObject { ["phase"] = "Done" };

        (await Api.PutAsync(Widgets + "/a/status", widget)).ExpectFailure(409, "Conflict");
    }

    [ContractFact]
    public async Task Scale_ReadAndWritten_MovesTheCount()
    {
        await CreateAsync("a");
        (await Api.MergeAsync(Widgets + "/a/status", """{"status": {"count": 4, "selector": "x=y"}}""")).Expect(200);

        var scale = (await Api.GetAsync(Widgets + "/a/scale")).Expect(200).Body;
        Assert.Equal("autoscaling/v1 Scale", $"{scale["apiVersion"]} {scale["kind"]}");
        Assert.Equal(1, scale["spec"]!["replicas"]!.GetValue<int>());
        Assert.Equal(4, scale["status"]!["replicas"]!.GetValue<int>());
        Assert.Equal("x=y", scale["status"]!["selector"]!.ToString());

        scale["spec"]!["replicas"] = 6;
        Assert.Equal(6, (await Api.PutAsync(Widgets + "/a/scale", scale)).Expect(200).Body["spec"]!["replicas"]!.GetValue<int>());
        (await Api.MergeAsync(Widgets + "/a/scale", """{"spec": {"replicas": 8}}""")).Expect(200);

        var widget = (await Api.GetAsync(Widgets + "/a")).Body;
        Assert.Equal(8, widget["spec"]!["count"]!.GetValue<int>());
        Assert.Equal(3, widget["metadata"]!["generation"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task Lease_TakenTwiceFromTheSameVersion_GoesToOne()
    {
        var leases = $"/apis/coordination.k8s.io/v1/namespaces/{_space}/leases";
        var lease = JsonNode.Parse("""{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "leader"}, "spec": {}}""")!;
        var first = (await Api.PostAsync(leases, lease)).Expect(201).Body;
        var second = first.DeepClone();
        first["spec"] = new JsonObject { ["holderIdentity"] = "one", ["renewTime"] = "2026-01-01T00:00:00.000000Z" };
        second["spec"] = new JsonObject { ["holderIdentity"] = "two", ["renewTime"] = "2026-01-01T00:00:00.000000Z" };

        (await Api.PutAsync(leases + "/leader", first)).Expect(200);
        (await Api.PutAsync(leases + "/leader", second)).ExpectFailure(409, "Conflict");

        Assert.Equal("one", (await Api.GetAsync(leases + "/leader")).Body["spec"]!["holderIdentity"]!.ToString());
    }
}
