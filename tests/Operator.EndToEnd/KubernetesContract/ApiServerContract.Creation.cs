using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    [ContractFact]
    public async Task Create_NewObject_StampsItsMetadata()
    {
        var created = await CreateAsync("a");

        var metadata = created.Body["metadata"]!;
        Assert.True(Guid.TryParse(metadata["uid"]!.ToString(), out _));
        Assert.Equal(1, metadata["generation"]!.GetValue<int>());
        Assert.Equal(_space, metadata["namespace"]!.ToString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", metadata["creationTimestamp"]!.ToString());
        Assert.True(long.Parse(created.Version) > 0);
        Assert.True(JsonNode.DeepEquals(created.Body, (await Api.GetAsync(Widgets + "/a")).Expect(200).Body));
    }

    [ContractFact]
    public async Task Create_NameTaken_IsRefusedAsAlreadyExists()
    {
        await CreateAsync("a");

        var refused = (await Api.PostAsync(Widgets, WidgetDefinition.Widget("a"))).ExpectFailure(409, "AlreadyExists");

        Assert.Equal("widgets.contract.test \"a\" already exists", refused.Body["message"]!.ToString());
        Assert.Equal("a", refused.Body["details"]!["name"]!.ToString());
        Assert.Equal("widgets", refused.Body["details"]!["kind"]!.ToString());
        Assert.Equal("contract.test", refused.Body["details"]!["group"]!.ToString());
    }

    [ContractFact]
    public async Task Create_GenerateName_GetsANameWithThePrefix()
    {
        var widget = WidgetDefinition.Widget("x");
        widget["metadata"] = new JsonObject { ["generateName"] = "w-" };

        var first = (await Api.PostAsync(Widgets, widget)).Expect(201).Body["metadata"]!;
        var second = (await Api.PostAsync(Widgets, widget)).Expect(201).Body["metadata"]!;

        Assert.Matches("^w-[a-z0-9]{5}$", first["name"]!.ToString());
        Assert.Equal("w-", first["generateName"]!.ToString());
        Assert.NotEqual(first["name"]!.ToString(), second["name"]!.ToString());
    }

    [ContractFact]
    public async Task Create_NoName_IsInvalid()
    {
        var widget = WidgetDefinition.Widget("x");
        widget["metadata"] = new JsonObject();

        (await Api.PostAsync(Widgets, widget)).ExpectFailure(422, "Invalid");
    }

    [ContractFact]
    public async Task Create_NameThatDnsDoesNotAllow_IsInvalid() =>
        (await Api.PostAsync(Widgets, WidgetDefinition.Widget("Not_OK"))).ExpectFailure(422, "Invalid").ExpectCause("metadata.name", "FieldValueInvalid");

    [ContractFact]
    public async Task Create_NamespaceThatIsNotThere_IsNotFound()
    {
        var refused = await Api.PostAsync("/apis/contract.test/v1/namespaces/nowhere/widgets", WidgetDefinition.Widget("a"));

        refused.ExpectFailure(404, "NotFound");
        Assert.Equal("namespaces \"nowhere\" not found", refused.Body["message"]!.ToString());
    }

    [ContractFact]
    public async Task Create_OtherKindThanTheUrl_IsRefused()
    {
        var widget = WidgetDefinition.Widget("a");
        widget["kind"] = "Gadget";

        (await Api.PostAsync(Widgets, widget)).ExpectFailure(422, "Invalid").ExpectCause("kind", "FieldValueInvalid");
        (await Api.PostAsync(ConfigMaps, widget)).ExpectFailure(400, "BadRequest");
    }

    [ContractFact]
    public async Task Create_OtherVersionThanTheUrl_IsABadRequest()
    {
        var widget = WidgetDefinition.Widget("a");
        widget["apiVersion"] = "contract.test/v2";

        (await Api.PostAsync(Widgets, widget)).ExpectFailure(400, "BadRequest");
    }

    [ContractFact(Since = 25)]
    public async Task Create_KindLeftOut_IsTakenFromTheUrlForBuiltInKindsOnly()
    {
        var map = ConfigMap("a");
        map.Remove("apiVersion");
        map.Remove("kind");
        Assert.Equal("ConfigMap", (await Api.PostAsync(ConfigMaps, map)).Expect(201).Body["kind"]!.ToString());

        var widget = WidgetDefinition.Widget("a");
        widget.Remove("apiVersion");
        (await Api.PostAsync(Widgets, widget)).ExpectFailure(400, "BadRequest");
    }

    [ContractFact]
    public async Task Create_OtherNamespaceThanTheUrl_IsABadRequest()
    {
        var widget = WidgetDefinition.Widget("a");
        widget["metadata"]!["namespace"] = "default";

        (await Api.PostAsync(Widgets, widget)).ExpectFailure(400, "BadRequest");
    }

    [ContractFact]
    public async Task Create_WithAResourceVersion_IsRefused()
    {
        var widget = WidgetDefinition.Widget("a");
        widget["metadata"]!["resourceVersion"] = "1";

        var refused = await Api.PostAsync(Widgets, widget);

        Assert.Equal("resourceVersion should not be set on objects to be created", refused.Body["message"]!.ToString());
        (await Api.GetAsync(Widgets + "/a")).ExpectFailure(404, "NotFound");
    }

    [ContractFact]
    public async Task Create_MetadataOfTheWrongType_IsABadRequest()
    {
        var widget = WidgetDefinition.Widget("a");
        widget["metadata"]!["labels"] = new JsonObject { ["a"] = 1 };

        (await Api.PostAsync(Widgets, widget)).ExpectFailure(400, "BadRequest");
    }

    [ContractFact]
    public async Task Create_WithAStatus_DropsIt()
    {
        var widget = WidgetDefinition.Widget("a");
        widget["status"] = new JsonObject { ["phase"] = "Done" };

        Assert.Null((await Api.PostAsync(Widgets, widget)).Expect(201).Body["status"]);
    }

    [ContractFact]
    public async Task Create_DryRun_StoresNothing()
    {
        (await Api.PostAsync(Widgets + "?dryRun=All", WidgetDefinition.Widget("a"))).Expect(201);

        (await Api.GetAsync(Widgets + "/a")).ExpectFailure(404, "NotFound");
    }

    [ContractFact]
    public async Task Create_SecretWithTexts_KeepsThemAsData()
    {
        var secret = JsonNode.Parse("""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"token": "hello"}}""")!;

        var created = (await Api.PostAsync(Secrets, secret)).Expect(201).Body;

        Assert.Equal("aGVsbG8=", created["data"]!["token"]!.ToString());
        Assert.Null(created["stringData"]);
        Assert.Equal("Opaque", created["type"]!.ToString());
    }

    [ContractFact]
    public async Task Create_AccessReview_IsAnsweredAndNotStored()
    {
        var review = JsonNode.Parse("""
            {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
             "spec": {"resourceAttributes": {"verb": "list", "group": "contract.test", "resource": "widgets"}}}
            """)!;

        var answer = (await Api.PostAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)).Expect(201).Body;

        Assert.True(answer["status"]!["allowed"]!.GetValue<bool>());
        (await Api.GetAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")).Expect(405);
    }

    [ContractFact]
    public async Task Get_NothingThere_IsNotFound()
    {
        var missing = (await Api.GetAsync(Widgets + "/none")).ExpectFailure(404, "NotFound");

        Assert.Equal("widgets.contract.test \"none\" not found", missing.Body["message"]!.ToString());
        (await Api.GetAsync($"/apis/contract.test/v1/namespaces/{_space}/gizmos")).Expect(404);
        (await Api.GetAsync("/apis/nobody.test/v1/things")).Expect(404);
    }

    [ContractFact]
    public async Task Request_MethodThatThePathHasNot_IsNotAllowed() =>
        (await Api.PutAsync(ConfigMaps, ConfigMap("a"))).ExpectFailure(405, "MethodNotAllowed");
}
