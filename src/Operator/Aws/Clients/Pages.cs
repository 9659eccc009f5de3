namespace Operator.Aws.Clients;

/// <summary>Reads all pages of a list.</summary>
internal static class Pages
{
    /// <summary>The items of all pages.</summary>
    /// <param name="fetch">Fetches the page of a token; null for the first.</param>
    /// <param name="items">The items of a page.</param>
    /// <param name="next">The next page's token; null or empty after the last.</param>
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
