using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    [ContractFact]
    public async Task Schema_AbsentFields_GetTheirDefaults()
    {
        var spec = (await CreateAsync("a", """{"size": 1, "options": {}}""")).Body["spec"]!;

        Assert.Equal("""{"color":"red","count":1,"options":{"depth":3},"size":1}""", Sorted(spec));
    }

    [ContractFact]
    public async Task Schema_UnknownFields_ArePrunedExceptWhereTheyAreKept()
    {
        var spec = (await CreateAsync("a", """{"size": 1, "colour": "red", "options": {"x": 1}, "anything": {"deep": {"er": 1}}}""")).Body["spec"]!;

        Assert.Null(spec["colour"]);
        Assert.Equal("""{"depth":3}""", spec["options"]!.ToJsonString());
        Assert.Equal("""{"deep":{"er":1}}""", spec["anything"]!.ToJsonString());
    }

    [ContractFact(Since = 27)]
    public async Task Schema_UnknownFieldUnderStrictValidation_IsABadRequest()
    {
        var widget = WidgetDefinition.WidgetWith("a", """{"size": 1, "colour": "red"}""");

        var refused = (await Api.PostAsync(Widgets + "?fieldValidation=Strict", widget)).ExpectFailure(400, "BadRequest");
        Assert.Contains("unknown field \"spec.colour\"", refused.Body["message"]!.ToString());

        Assert.Contains("unknown field \\\"spec.colour\\\"", Assert.Single((await Api.PostAsync(Widgets + "?fieldValidation=Warn", widget)).Expect(201).Warnings));
    }

    [ContractFact(Since = 25)]
    public async Task Schema_EveryKindOfMistake_NamesItsFieldAndReason()
    {
        await ExpectInvalidAsync("""{"size": 0}""", "spec.size", "FieldValueInvalid");
        await ExpectInvalidAsync("""{"size": 101}""", "spec.size", "FieldValueInvalid");
        await ExpectInvalidAsync("""{"size": "big"}""", "spec.size", "FieldValueTypeInvalid");
        await ExpectInvalidAsync("""{"size": 1.5}""", "spec.size", "FieldValueTypeInvalid");
        await ExpectInvalidAsync("{}", "spec.size", "FieldValueRequired");
        await ExpectInvalidAsync("""{"size": 1, "color": "blue"}""", "spec.color", "FieldValueNotSupported");
        await ExpectInvalidAsync("""{"size": 1, "label": "A1"}""", "spec.label", "FieldValueInvalid");
        await ExpectInvalidAsync("""{"size": 1, "label": "toolong"}""", "spec.label", "FieldValueTooLong");
        await ExpectInvalidAsync("""{"size": 1, "parts": [{"weight": 1}]}""", "spec.parts[0].name", "FieldValueRequired");
        await ExpectInvalidAsync("""{"size": 1, "parts": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]}""", "spec.parts", "FieldValueTooMany");
        await ExpectInvalidAsync("""{"size": 1, "parts": [{"name": "a"}, {"name": "a"}]}""", "spec.parts[1]", "FieldValueDuplicate");
        await ExpectInvalidAsync("""{"size": 1, "tags": ["a", "a"]}""", "spec.tags[1]", "FieldValueDuplicate");
        await ExpectInvalidAsync("""{"size": 1, "settings": {"a": 1}}""", "spec.settings.a", "FieldValueTypeInvalid");
        await ExpectInvalidAsync("""{"size": 1, "amount": true}""", "spec.amount", "FieldValueTypeInvalid");
    }

    [ContractFact]
    public async Task Schema_IntOrString_TakesBoth()
    {
        await CreateAsync("a", """{"size": 1, "amount": 5}""");
        await CreateAsync("b", """{"size": 1, "amount": "50%"}""");
    }

    [ContractFact]
    public async Task Schema_Status_IsPrunedAndChecked()
    {
        await CreateAsync("a");

        var patched = (await Api.MergeAsync(A + "/status", """{"status": {"phase": "Done", "mood": "good"}}""")).Expect(200).Body;

        Assert.Equal("""{"phase":"Done"}""", patched["status"]!.ToJsonString());
        (await Api.MergeAsync(A + "/status", """{"status": {"phase": 1}}""")).ExpectFailure(422, "Invalid");
    }

    [ContractFact]
    public async Task Definition_Created_IsEstablishedAndServedAndGoesWithItsObjects()
    {
        const string Plural = "trinkets";
        var path = $"{Definitions}/{Plural}.contract.test";
        var items = $"/apis/contract.test/v1/namespaces/{_space}/{Plural}";
        (await Api.PostAsync(Definitions, WidgetDefinition.Definition(Plural, "Trinket"))).Expect(201);
        await EventuallyAsync("the definition is established", async () => (await Api.GetAsync(path)).Body["status"]?["conditions"]?.AsArray()
            .Any(condition => condition!["type"]!.ToString() == "Established" && condition["status"]!.ToString() == "True") == true);
        await EventuallyAsync("its objects are served", async () => (await Api.GetAsync(items)).Code == 200);
        var trinket = WidgetDefinition.Widget("t");
        trinket["kind"] = "Trinket";
        (await Api.PostAsync(items, trinket)).Expect(201);

        (await Api.DeleteAsync(path)).Expect(200);

        await EventuallyAsync("the definition is gone", async () => (await Api.GetAsync(path)).Code == 404);
        await EventuallyAsync("its objects are no longer served", async () => (await Api.GetAsync(items)).Code == 404);
    }

    [ContractFact]
    public async Task Definition_NotStructural_IsInvalid()
    {
        var definition = WidgetDefinition.Definition("baubles", "Bauble");
        definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["size"] = new JsonObject();

        (await Api.PostAsync(Definitions, definition)).ExpectFailure(422, "Invalid")
            .ExpectCause("spec.validation.openAPIV3Schema.properties[spec].properties[size].type", "FieldValueRequired");
    }

    [ContractFact]
    public async Task Discovery_CustomResource_IsListedWithItsNames()
    {
        var group = (await Api.GetAsync("/apis/contract.test")).Expect(200).Body;
        Assert.Equal("contract.test/v1", group["preferredVersion"]!["groupVersion"]!.ToString());
        Assert.Contains((await Api.GetAsync("/apis")).Expect(200).Body["groups"]!.AsArray(), entry => entry!["name"]!.ToString() == "contract.test");

        var resources = (await Api.GetAsync("/apis/contract.test/v1")).Expect(200).Body["resources"]!.AsArray();
        var widgets = resources.Single(resource => resource!["name"]!.ToString() == "widgets")!;
        Assert.Equal("Widget widget True", $"{widgets["kind"]} {widgets["singularName"]} {widgets["namespaced"]!.GetValue<bool>()}");
        Assert.Equal("""["wid"]""", widgets["shortNames"]!.ToJsonString());
        Assert.Equal("""["toys"]""", widgets["categories"]!.ToJsonString());
        Assert.Contains(widgets["verbs"]!.AsArray(), verb => verb!.ToString() == "deletecollection");
        Assert.Contains(resources, resource => resource!["name"]!.ToString() == "widgets/status");
        Assert.Equal("Scale", resources.Single(resource => resource!["name"]!.ToString() == "widgets/scale")!["kind"]!.ToString());
        Assert.Contains("v1", (await Api.GetAsync("/api")).Body["versions"]!.AsArray().Select(version => version!.ToString()));
    }

    private async Task ExpectInvalidAsync(string spec, string field, string reason) =>
        (await Api.PostAsync(Widgets, WidgetDefinition.WidgetWith("a", spec))).ExpectFailure(422, "Invalid").ExpectCause(field, reason);
}
