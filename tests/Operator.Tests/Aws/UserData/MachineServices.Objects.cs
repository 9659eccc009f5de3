using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Operator.Tests.Aws.UserData;

/// <summary>What a machine reads from S3: a bucket called <c>bucket</c>.</summary>
internal sealed partial class MachineServices
{
    /// <summary>Objects of S3, by bucket and key.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    /// <summary>Whether connections end in the middle of an object.</summary>
    public bool CutsObjects { get; set; }

    /// <summary>Whether the machine may not list objects.</summary>
    public bool DeniesLists { get; set; }

    private async Task SendObjectAsync(HttpContext context, byte[] stored)
    {
        if (!IsSigned(context.Request))
        {
            context.Response.StatusCode = 403;
            return;
        }

        context.Response.ContentLength = stored.Length;
        await context.Response.Body.WriteAsync(CutsObjects ? stored.AsMemory(0, stored.Length / 2) : stored);
        await context.Response.Body.FlushAsync();
        if (CutsObjects)
        {
            context.Abort();
        }
    }

    // Two keys a page, named by how many came before. The token has every character of base64.
    private (int, string) ListObjects(HttpRequest request)
    {
        var query = request.Query;
        if (!IsSigned(request) || DeniesLists || query["list-type"] != "2" || query["encoding-type"] != "url")
        {
            return (403, "<Error><Code>AccessDenied</Code></Error>");
        }

        var keys = Objects.Keys.Select(path => path["/bucket/".Length..]).Where(key => key.StartsWith(query["prefix"].ToString(), StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        var from = query["continuation-token"].ToString() is { Length: > 4 } token && token.StartsWith("+/==", StringComparison.Ordinal) ? int.Parse(token[4..], CultureInfo.InvariantCulture) : 0;
        var page = keys.Skip(from).Take(2).Select(key => $"<Contents><Key>{Uri.EscapeDataString(key).Replace("%20", "+", StringComparison.Ordinal)}</Key><Size>1</Size></Contents>");
        var next = from + 2 < keys.Count ? $"<NextContinuationToken>+/=={from + 2}</NextContinuationToken>" : "";
        return (200, $"<?xml version=\"1.0\"?>\n<ListBucketResult><Name>bucket</Name>{string.Concat(page)}{next}</ListBucketResult>");
    }

    private bool IsSigned(HttpRequest request)
    {
        var credentials = JsonNode.Parse(Metadata["meta-data/iam/security-credentials/ci-runner"])!;
        return SignatureV4.IsValid(request, [], (string)credentials["AccessKeyId"]!, Secret, "s3", (string?)request.Headers["x-amz-content-sha256"])
            && request.Headers["x-amz-security-token"] == (string)credentials["Token"]!;
    }
}
