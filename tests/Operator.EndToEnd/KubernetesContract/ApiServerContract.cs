using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

/// <summary>
/// What the operator relies on in a Kubernetes API server. Every fact holds for the real one and for the simulated one, so that
/// what is tested on the simulator is true elsewhere. Each test has a namespace of its own.
/// </summary>
/// <param name="client">A client with an administrator's rights.</param>
public abstract partial class ApiServerContract(HttpClient client) : IAsyncLifetime
{
    // The definition is created once per server and reused by later tests.
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private readonly string _space = "contract-" + Guid.NewGuid().ToString("N")[..12];

    protected RawApi Api { get; } = new(client);

    protected string Widgets => $"/apis/contract.test/v1/namespaces/{_space}/widgets";

    protected string ConfigMaps => $"/api/v1/namespaces/{_space}/configmaps";

    protected string Secrets => $"/api/v1/namespaces/{_space}/secrets";

    public async Task InitializeAsync()
    {
        var definition = await Api.PostAsync(Definitions, WidgetDefinition.Definition());
        Assert.Contains(definition.Code, new[] { 201, 409 });
        (await Api.PostAsync("/api/v1/namespaces", Namespace(_space))).Expect(201);
        await EventuallyAsync("widgets are served", async () => (await Api.GetAsync(Widgets)).Code == 200);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Makes the server forget what was before a version.</summary>
    protected abstract Task CompactAsync(long revision);

    protected async Task<Reply> CreateAsync(string name, string? spec = null) =>
        (await Api.PostAsync(Widgets, spec is null ? WidgetDefinition.Widget(name) : WidgetDefinition.WidgetWith(name, spec))).Expect(201);

    protected async Task<Reply> CreateConfigMapAsync(string name, string metadata = "{}") =>
        (await Api.PostAsync(ConfigMaps, ConfigMap(name, metadata))).Expect(201);

    protected static JsonObject ConfigMap(string name, string metadata = "{}")
    {
        var meta = JsonNode.Parse(metadata)!.AsObject();
        meta["name"] = name;
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = meta, ["data"] = new JsonObject { ["a"] = "1" } };
    }

    protected static JsonObject Namespace(string name) =>
        new() { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } };

    /// <summary>Waits for what a real cluster does in the background.</summary>
    protected static async Task EventuallyAsync(string what, Func<Task<bool>> condition)
    {
        // Generous, for a busy machine: it is reached only when the test fails anyway.
        for (var attempt = 0; attempt < 600; attempt++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"it never came true that {what}");
    }
}
