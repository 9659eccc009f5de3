namespace Operator.Simulator.GitHub.Web;

/// <summary>Pages of lists, and the links between them.</summary>
internal static class Paging
{
    private const int LargestPage = 100;
    private const int UsualPage = 30;

    /// <summary>The requested page size.</summary>
    /// <param name="request">The call.</param>
    public static int SizeOf(GitHubRequest request) =>
        int.TryParse(request.Query("per_page"), out var asked) ? Math.Clamp(asked, 1, LargestPage) : UsualPage;

    /// <summary>The requested page.</summary>
    /// <typeparam name="T">The items.</typeparam>
    /// <param name="request">The call.</param>
    /// <param name="items">All items.</param>
    /// <param name="headers">Where links to other pages go.</param>
    public static IEnumerable<T> Page<T>(GitHubRequest request, IReadOnlyCollection<T> items, Dictionary<string, string> headers)
    {
        var size = SizeOf(request);
        var page = int.TryParse(request.Query("page"), out var number) ? Math.Max(number, 1) : 1;
        var last = Math.Max(1, (items.Count + size - 1) / size);
        var links = new List<(int Page, string Rel)>();
        if (page > 1)
        {
            links.Add((Math.Min(page - 1, last), "prev"));
        }

        if (page < last)
        {
            links.Add((page + 1, "next"));
            links.Add((last, "last"));
        }

        if (page > 1)
        {
            links.Add((1, "first"));
        }

        if (links.Count > 0)
        {
            headers["Link"] = string.Join(", ", links.Select(link => Link(request, $"per_page={size}&page={link.Page}", link.Rel)));
        }

        return items.Skip((page - 1) * size).Take(size);
    }

    /// <summary>A link to the same list, other parameters kept.</summary>
    /// <param name="request">The call.</param>
    /// <param name="query">Which part of the list.</param>
    /// <param name="rel">Its relation to this one.</param>
    public static string Link(GitHubRequest request, string query, string rel)
    {
        var kept = request.Http.Request.Query.Where(pair => pair.Key is not ("per_page" or "page" or "cursor"))
            .Select(pair => $"&{pair.Key}={Uri.EscapeDataString(pair.Value.ToString())}");
        return $"<{request.Url}?{query}{string.Concat(kept)}>; rel=\"{rel}\"";
    }
}
