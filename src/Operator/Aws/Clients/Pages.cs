namespace Operator.Aws.Clients;

/// <summary>Reads a list to its end, page by page.</summary>
internal static class Pages
{
    /// <summary>All items of all pages.</summary>
    /// <param name="fetch">Fetches the page that a token names; null is the first.</param>
    /// <param name="items">The items of a page.</param>
    /// <param name="next">The token of the page after, null or empty behind the last.</param>
    public static async Task<List<TItem>> AllAsync<TPage, TItem>(
        Func<string?, Task<TPage>> fetch, Func<TPage, IEnumerable<TItem>> items, Func<TPage, string?> next)
    {
        var all = new List<TItem>();
        string? token = null;
        do
        {
            var page = await fetch(token);
            all.AddRange(items(page));
            token = next(page);
        }
        while (!string.IsNullOrEmpty(token));
        return all;
    }
}
