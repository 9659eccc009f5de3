using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

/// <summary>An answer of an API server.</summary>
/// <param name="Code">The HTTP status code.</param>
/// <param name="Body">The JSON body; text that is not JSON as a JSON string.</param>
/// <param name="Warnings">The <c>Warning</c> headers.</param>
public sealed record Reply(int Code, JsonNode Body, IReadOnlyList<string> Warnings)
{
    /// <summary>The resource version of the object.</summary>
    public string Version => Body["metadata"]!["resourceVersion"]!.GetValue<string>();

    /// <summary>The names of the items of a list.</summary>
    public IReadOnlyList<string> Names => [.. Body["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>())];

    /// <summary>Fails unless the answer has a status code.</summary>
    /// <param name="code">The code.</param>
    public Reply Expect(int code)
    {
        Assert.True(Code == code, $"expected {code}, got {Code}: {Body.ToJsonString()}");
        return this;
    }

    /// <summary>Fails unless the answer is a <c>Status</c> with a code and a reason.</summary>
    /// <param name="code">The code.</param>
    /// <param name="reason">The reason.</param>
    public Reply ExpectFailure(int code, string reason)
    {
        Expect(code);
        Assert.Equal("Status", Body["kind"]?.ToString());
        Assert.Equal("Failure", Body["status"]?.ToString());
        Assert.Equal(code, Body["code"]!.GetValue<int>());
        Assert.Equal(reason, Body["reason"]?.ToString());
        return this;
    }

    /// <summary>Fails unless a cause names a field and a reason.</summary>
    /// <param name="field">The field's path.</param>
    /// <param name="reason">The reason.</param>
    public void ExpectCause(string field, string reason) => Assert.Contains(
        Body["details"]!["causes"]!.AsArray(),
        cause => cause!["field"]?.ToString() == field && cause["reason"]?.ToString() == reason);
}

/// <summary>Plain HTTP and JSON, so that the suite leans on no client library.</summary>
/// <param name="client">A client with the address and the rights of an administrator.</param>
public sealed class RawApi(HttpClient client)
{
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";

    public Task<Reply> GetAsync(string path, string? accept = null) => SendAsync(HttpMethod.Get, path, null, accept: accept);

    public Task<Reply> PostAsync(string path, JsonNode body) => SendAsync(HttpMethod.Post, path, body);

    public Task<Reply> PutAsync(string path, JsonNode body) => SendAsync(HttpMethod.Put, path, body);

    public Task<Reply> DeleteAsync(string path, JsonNode? options = null) => SendAsync(HttpMethod.Delete, path, options);

    public Task<Reply> PatchAsync(string path, string mediaType, string body) =>
        SendAsync(HttpMethod.Patch, path, JsonNode.Parse(body), mediaType);

    public Task<Reply> MergeAsync(string path, string body) => PatchAsync(path, MergePatch, body);

    /// <summary>Server-side apply.</summary>
    public Task<Reply> ApplyAsync(string path, string manager, JsonNode body, bool force = false) =>
        SendAsync(HttpMethod.Patch, $"{path}?fieldManager={manager}&force={(force ? "true" : "false")}", body, ApplyPatch);

    /// <summary>Opens a watch.</summary>
    public async Task<WatchReader> WatchAsync(string pathAndQuery, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, pathAndQuery + (pathAndQuery.Contains('?') ? "&" : "?") + "watch=true");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, $"the watch was refused: {(int)response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync())}");
        return new WatchReader(response, await response.Content.ReadAsStreamAsync());
    }

    private async Task<Reply> SendAsync(HttpMethod method, string path, JsonNode? body, string mediaType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", accept ?? "application/json");
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString());
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        }

        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        return new Reply(
            (int)response.StatusCode,
            isJson ? JsonNode.Parse(text)! : JsonValue.Create(text),
            response.Headers.TryGetValues("Warning", out var warnings) ? [.. warnings] : []);
    }
}
