namespace Operator.EndToEnd.KubernetesContract;

public abstract partial class ApiServerContract
{
    [ContractFact]
    public async Task MergePatch_ValuesAndNulls_SetsAndRemoves()
    {
        await CreateAsync("a", """{"size": 1, "label": "old", "settings": {"x": "1", "y": "2"}}""");

        var patched = (await Api.MergeAsync(Widgets + "/a", """{"spec": {"label": null, "settings": {"x": null, "z": "3"}}}""")).Expect(200).Body;

        Assert.Null(patched["spec"]!["label"]);
        Assert.Equal("""{"y":"2","z":"3"}""", patched["spec"]!["settings"]!.ToJsonString());
        Assert.Equal(2, patched["metadata"]!["generation"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task MergePatch_OldResourceVersion_IsAConflict()
    {
        var created = await CreateAsync("a");
        (await Api.MergeAsync(Widgets + "/a", """{"spec": {"size": 2}}""")).Expect(200);

        var stale = $$$"""{"metadata": {"resourceVersion": "{{{created.Version}}}"}, "spec": {"size": 3}}""";

        (await Api.MergeAsync(Widgets + "/a", stale)).ExpectFailure(409, "Conflict");
    }

    [ContractFact]
    public async Task MergePatch_CurrentResourceVersion_IsTaken()
    {
        var created = await CreateAsync("a");

        var fresh = $$$"""{"metadata": {"resourceVersion": "{{{created.Version}}}"}, "spec": {"size": 3}}""";

        Assert.Equal(3, (await Api.MergeAsync(Widgets + "/a", fresh)).Expect(200).Body["spec"]!["size"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task MergePatch_Status_ChangesTheStatusOnly()
    {
        await CreateAsync("a");

        var patched = (await Api.MergeAsync(Widgets + "/a/status", """{"spec": {"size": 9}, "status": {"phase": "Done"}}""")).Expect(200).Body;

        Assert.Equal("Done", patched["status"]!["phase"]!.ToString());
        Assert.Equal(1, patched["spec"]!["size"]!.GetValue<int>());
        Assert.Equal(1, patched["metadata"]!["generation"]!.GetValue<int>());
    }

    [ContractFact]
    public async Task MergePatch_NothingThere_IsNotFound() =>
        (await Api.MergeAsync(Widgets + "/none", "{}")).ExpectFailure(404, "NotFound");

    [ContractFact]
    public async Task MergePatch_ValueThatTheSchemaForbids_IsInvalid()
    {
        await CreateAsync("a");

        (await Api.MergeAsync(Widgets + "/a", """{"spec": {"size": 0}}""")).ExpectFailure(422, "Invalid").ExpectCause("spec.size", "FieldValueInvalid");
    }

    [ContractFact]
    public async Task StrategicMergePatch_BuiltInKind_Merges()
    {
        await CreateConfigMapAsync("a");

        var patched = (await Api.PatchAsync(ConfigMaps + "/a", RawApi.StrategicMergePatch, """{"data": {"a": null, "b": "2"}}""")).Expect(200).Body;

        Assert.Equal("""{"b":"2"}""", patched["data"]!.ToJsonString());
    }

    [ContractFact]
    public async Task StrategicMergePatch_CustomResource_IsNotSupported()
    {
        await CreateAsync("a");

        (await Api.PatchAsync(Widgets + "/a", RawApi.StrategicMergePatch, "{}")).ExpectFailure(415, "UnsupportedMediaType");
    }
}
