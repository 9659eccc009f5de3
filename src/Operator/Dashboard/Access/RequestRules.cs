using Microsoft.AspNetCore.Http;

namespace Operator.Dashboard.Access;

/// <summary>What holds for every request to the dashboard. Pure.</summary>
internal static class RequestRules
{
    /// <summary>The cookie with the token of somebody who has signed in.</summary>
    public const string Cookie = "ec2runners-token";

    /// <summary>Only what the page itself brings is loaded or run.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Whether a request that needs no token may be answered. A page elsewhere can have its own name point to the loopback address, but not lie about it.</summary>
    public static bool IsLoopback(HostString host) => Array.Exists(Loopback, name => string.Equals(name, host.Host, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the page of another site made the request.</summary>
    public static bool IsCrossSite(IHeaderDictionary headers) => headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    /// <summary>The headers of every answer.</summary>
    public static void Secure(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    /// <summary>The token of a request: its header, else its cookie; null for none.</summary>
    public static string? TokenOf(HttpRequest request) => BearerToken.Of(request) ?? request.Cookies[Cookie];
}
