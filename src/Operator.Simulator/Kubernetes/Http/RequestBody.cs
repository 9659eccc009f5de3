using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.Common;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>Reads the bodies of requests: JSON mostly, and no protobuf, which <c>kubectl create</c> sends without a file.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    public static async Task<JsonObject> ReadObjectAsync(HttpRequest request) =>
        await ReadAsync(request) as JsonObject ?? throw ApiErrors.BadRequest("the body of the request is not an object");

    public static async Task<JsonNode?> ReadAsync(HttpRequest request)
    {
        var mediaType = request.ContentType?.Split(';')[0].Trim();
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        var bytes = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        if (bytes.IsEmpty)
        {
            return null;
        }

        return mediaType switch
        {
            null or "" or "application/json" or PatchTypes.Merge or PatchTypes.Strategic => ParseJson(bytes),
            "application/yaml" or PatchTypes.Apply => ParseYaml(bytes),
            _ => throw ApiErrors.UnsupportedMediaType(mediaType),
        };
    }

    private static JsonNode? ParseJson(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonNode.Parse(bytes, nodeOptions: null, Options);
        }
        catch (JsonException malformed)
        {
            throw ApiErrors.BadRequest($"the object provided is unrecognized: {malformed.Message}");
        }
    }

    // YAML contains JSON, and most clients send just that.
    private static JsonNode? ParseYaml(ReadOnlySpan<byte> bytes)
    {
        if (bytes.TrimStart(" \r\n\t"u8) is [(byte)'{', ..])
        {
            return ParseJson(bytes);
        }

        try
        {
            return YamlDocuments.Parse(System.Text.Encoding.UTF8.GetString(bytes)).SingleOrDefault();
        }
        catch (YamlDotNet.Core.YamlException malformed)
        {
            throw ApiErrors.BadRequest($"error converting YAML to JSON: {malformed.Message}");
        }
    }
}
