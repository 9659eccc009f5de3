using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Operator.Tests.Aws.UserData;

/// <summary>Verifies an AWS Signature Version 4 like AWS: recomputes it from the received request.</summary>
internal static class SignatureV4
{
    public static bool IsValid(HttpRequest request, byte[] body, string keyId, string secret, string expectedService = "ssm", string? payload = null)
    {
        var match = Regex.Match(
            request.Headers.Authorization.ToString(),
            "^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)/(?<date>[0-9]{8})/(?<region>[^/]+)/(?<service>[^/]+)/aws4_request, ?"
            + "SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$",
            RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);
        string Part(string name) => match.Groups[name].Value;
        if (!match.Success || Part("id") != keyId)
        {
            return false;
        }

        var (date, region, service, signedHeaders) = (Part("date"), Part("region"), Part("service"), Part("headers"));
        var headers = signedHeaders.Split(';').Select(name => $"{name}:{request.Headers[name].ToString().Trim()}\n");
        var canonical = $"{request.Method}\n{Path(request)}\n{request.QueryString.Value?.TrimStart('?')}\n{string.Concat(headers)}\n{signedHeaders}\n{payload ?? Hash(body)}";
        var toSign = $"AWS4-HMAC-SHA256\n{request.Headers["X-Amz-Date"]}\n{date}/{region}/{service}/aws4_request\n{Hash(Encoding.UTF8.GetBytes(canonical))}";
        var key = new[] { date, region, service, "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), Mac);
        return Part("signature") == Convert.ToHexStringLower(Mac(key, toSign)) && signedHeaders.Contains("host") && service == expectedService;
    }

    // As it was sent: Path is decoded.
    private static string Path(HttpRequest request) => request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0];

    private static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
