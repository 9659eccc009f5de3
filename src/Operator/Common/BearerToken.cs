using Microsoft.AspNetCore.Http;

namespace Operator.Common;

/// <summary>The token of a request's <c>Authorization</c> header.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>The token; null if there is no such header, another scheme, or more than one.</summary>
    public static string? Of(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        return header.Count == 1 && header.ToString() is { } text && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..] : null;
    }
}
