using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    private const string Held = """{"finalizers": ["contract.test/hold"]}""";

    [ContractFact]
    public async Task Delete_NoFinalizer_IsGoneAtOnce()
    {
        var uid = (await CreateAsync("a")).Body["metadata"]!["uid"]!.ToString();

        var deleted = (await Api.DeleteAsync(A)).Expect(200).Body;

        Assert.Equal("Status Success", $"{deleted["kind"]} {deleted["status"]}");
        Assert.Equal(uid, deleted["details"]!["uid"]!.ToString());
        (await Api.GetAsync(A)).ExpectFailure(404, "NotFound");
        (await Api.DeleteAsync(A)).ExpectFailure(404, "NotFound");
    }

    [ContractFact]
    public async Task Delete_WithFinalizer_WaitsForIt()
    {
        await CreateHeldAsync("a");

        var deleted = (await Api.DeleteAsync(A)).Expect(200);
        Assert.Equal("Widget", deleted.Body["kind"]!.ToString());
        Assert.NotNull(deleted.Body["metadata"]!["deletionTimestamp"]);
        Assert.Equal(0, deleted.Body["metadata"]!["deletionGracePeriodSeconds"]!.GetValue<int>());
        Assert.Equal(2, deleted.Body["metadata"]!["generation"]!.GetValue<int>());

        Assert.Equal(deleted.Version, (await Api.DeleteAsync(A)).Expect(200).Version);
        (await Api.MergeAsync(A + "/status", """{"status": {"phase": "Going"}}""")).Expect(200);
        (await Api.MergeAsync(A, """{"metadata": {"finalizers": null}}""")).Expect(200);
        (await Api.GetAsync(A)).ExpectFailure(404, "NotFound");
    }

    [ContractFact]
    public async Task Delete_Pending_TakesNoNewFinalizers()
    {
        await CreateHeldAsync("a");
        await Api.DeleteAsync(A);

        (await Api.MergeAsync(A, """{"metadata": {"finalizers": ["contract.test/hold", "contract.test/more"]}}"""))
            .ExpectFailure(422, "Invalid").ExpectCause("metadata.finalizers", "FieldValueForbidden");

        (await Api.MergeAsync(A, """{"metadata": {"finalizers": []}}""")).Expect(200);
    }

    [ContractFact]
    public async Task Delete_Pending_CannotBeTakenBack()
    {
        await CreateHeldAsync("a");
        await Api.DeleteAsync(A);

        var patched = (await Api.MergeAsync(A, """{"metadata": {"deletionTimestamp": null}}""")).Expect(200);

        Assert.NotNull(patched.Body["metadata"]!["deletionTimestamp"]);
        (await Api.PostAsync(Widgets, WidgetDefinition.Widget("a"))).ExpectFailure(409, "AlreadyExists");
        (await Api.MergeAsync(A, """{"metadata": {"finalizers": []}}""")).Expect(200);
    }

    [ContractFact]
    public async Task Delete_PreconditionThatFails_IsAConflict()
    {
        var created = await CreateAsync("a");

        (await Api.DeleteAsync(A, Preconditions("uid", "00000000-0000-0000-0000-000000000001"))).ExpectFailure(409, "Conflict");
        (await Api.DeleteAsync(A, Preconditions("resourceVersion", "1"))).ExpectFailure(409, "Conflict");
        (await Api.DeleteAsync(A, Preconditions("uid", created.Body["metadata"]!["uid"]!.ToString()))).Expect(200);
    }

    [ContractFact]
    public async Task Delete_PreconditionOfTheCurrentVersion_Deletes()
    {
        var created = await CreateAsync("a");

        (await Api.DeleteAsync(A, Preconditions("resourceVersion", created.Version))).Expect(200);

        (await Api.GetAsync(A)).Expect(404);
    }

    [ContractFact]
    public async Task DeleteCollection_BySelector_DeletesWhatMatches()
    {
        await CreateConfigMapAsync("a", """{"labels": {"x": "1"}}""");
        await CreateConfigMapAsync("b", """{"labels": {"x": "1"}}""");
        await CreateConfigMapAsync("c", """{"labels": {"x": "2"}}""");

        (await Api.DeleteAsync(ConfigMaps + "?labelSelector=x%3D1")).Expect(200);

        Assert.Equal(["c"], (await Api.GetAsync(ConfigMaps + "?labelSelector=x")).Names);
    }

    [ContractFact]
    public async Task Collect_OwnerDeleted_DependentsGo()
    {
        var owner = await CreateConfigMapAsync("owner");
        await CreateConfigMapAsync("dependent", OwnedBy(owner));
        await CreateConfigMapAsync("bystander");

        (await Api.DeleteAsync(ConfigMaps + "/owner", new JsonObject { ["propagationPolicy"] = "Background" })).Expect(200);

        await EventuallyAsync("the dependent is gone", async () => (await Api.GetAsync(ConfigMaps + "/dependent")).Code == 404);
        (await Api.GetAsync(ConfigMaps + "/bystander")).Expect(200);
    }

    [ContractFact]
    public async Task Collect_OneOfTwoOwnersDeleted_DependentStays()
    {
        var (one, two) = (await CreateConfigMapAsync("one"), await CreateConfigMapAsync("two"));
        await CreateConfigMapAsync("dependent", OwnedBy(one, two));

        (await Api.DeleteAsync(ConfigMaps + "/one")).Expect(200);

        await EventuallyAsync("the reference is gone", async () =>
            (await Api.GetAsync(ConfigMaps + "/dependent")).Expect(200).Body["metadata"]!["ownerReferences"]!.AsArray().Count == 1);
    }

    [ContractFact]
    public async Task Collect_OwnerThatNeverWas_DependentGoes()
    {
        var owner = await CreateConfigMapAsync("owner");
        owner.Body["metadata"]!["uid"] = "00000000-0000-0000-0000-000000000001";
        await CreateConfigMapAsync("dependent", OwnedBy(owner));

        await EventuallyAsync("the dependent is gone", async () => (await Api.GetAsync(ConfigMaps + "/dependent")).Code == 404);
    }

    [ContractFact]
    public async Task Collect_Orphaned_DependentStaysWithoutReference()
    {
        var owner = await CreateConfigMapAsync("owner");
        await CreateConfigMapAsync("dependent", OwnedBy(owner));

        (await Api.DeleteAsync(ConfigMaps + "/owner", new JsonObject { ["propagationPolicy"] = "Orphan" })).Expect(200);

        await EventuallyAsync("the owner is gone", async () => (await Api.GetAsync(ConfigMaps + "/owner")).Code == 404);
        Assert.Null((await Api.GetAsync(ConfigMaps + "/dependent")).Expect(200).Body["metadata"]!["ownerReferences"]);
    }

    [ContractFact]
    public async Task Collect_Foreground_OwnerWaitsForItsDependents()
    {
        var owner = await CreateConfigMapAsync("owner");
        await CreateConfigMapAsync("dependent", OwnedBy(owner)[..^1] + """, "finalizers": ["contract.test/hold"]}""");

        (await Api.DeleteAsync(ConfigMaps + "/owner", new JsonObject { ["propagationPolicy"] = "Foreground" })).Expect(200);
        await EventuallyAsync("the dependent is being deleted", async () =>
            (await Api.GetAsync(ConfigMaps + "/dependent")).Expect(200).Body["metadata"]!["deletionTimestamp"] is not null);
        Assert.NotNull((await Api.GetAsync(ConfigMaps + "/owner")).Expect(200).Body["metadata"]!["deletionTimestamp"]);

        // The collector may have put a finalizer of its own beside ours.
        var finalizers = (await Api.GetAsync(ConfigMaps + "/dependent")).Body["metadata"]!["finalizers"]!.AsArray();
        finalizers.RemoveAll(finalizer => finalizer!.ToString() == "contract.test/hold");
        (await Api.MergeAsync(ConfigMaps + "/dependent", $$$"""{"metadata": {"finalizers": {{{finalizers.ToJsonString()}}}}}""")).Expect(200);
        await EventuallyAsync("the owner is gone", async () => (await Api.GetAsync(ConfigMaps + "/owner")).Code == 404);
    }

    [ContractFact]
    public async Task Delete_Namespace_TakesItsContentAndNothingNewMeanwhile()
    {
        var space = $"{_space}-x";
        var items = $"/api/v1/namespaces/{space}/configmaps";
        (await Api.PostAsync("/api/v1/namespaces", Namespace(space))).Expect(201);
        (await Api.PostAsync(items, ConfigMap("plain"))).Expect(201);
        (await Api.PostAsync(items, ConfigMap("held", Held))).Expect(201);

        Assert.Equal("Terminating", (await Api.DeleteAsync($"/api/v1/namespaces/{space}")).Expect(200).Body["status"]!["phase"]!.ToString());
        await EventuallyAsync("the content goes", async () => (await Api.GetAsync(items + "/plain")).Code == 404);
        (await Api.PostAsync(items, ConfigMap("late"))).ExpectFailure(403, "Forbidden");
        (await Api.GetAsync($"/api/v1/namespaces/{space}")).Expect(200);

        (await Api.MergeAsync(items + "/held", """{"metadata": {"finalizers": null}}""")).Expect(200);
        await EventuallyAsync("the namespace is gone", async () => (await Api.GetAsync($"/api/v1/namespaces/{space}")).Code == 404);
    }

    private async Task CreateHeldAsync(string name)
    {
        var widget = WidgetDefinition.Widget(name);
        widget["metadata"]!["finalizers"] = new JsonArray("contract.test/hold");
        (await Api.PostAsync(Widgets, widget)).Expect(201);
    }

    private static JsonObject Preconditions(string name, string value) => new() { ["preconditions"] = new JsonObject { [name] = value } };

    private static string OwnedBy(params Reply[] owners) => new JsonObject
    {
        ["ownerReferences"] = new JsonArray([.. owners.Select(owner => new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["name"] = owner.Body["metadata"]!["name"]!.ToString(),
            ["uid"] = owner.Body["metadata"]!["uid"]!.ToString(),
            ["blockOwnerDeletion"] = true,
        })]),
    }.ToJsonString();
}
