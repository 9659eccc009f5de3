using System.Globalization;
using System.Text;

namespace Operator.Simulator.Aws.Wire;

/// <summary>One page of a list: EC2's <c>MaxResults</c> and <c>NextToken</c>.</summary>
/// <param name="Items">Its items.</param>
/// <param name="NextToken">The token of the next page; null after the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextToken);

internal static class Page
{
    /// <summary>The requested page.</summary>
    /// <param name="request">The request.</param>
    /// <param name="items">All items.</param>
    /// <param name="bounds">Least and greatest value of MaxResults.</param>
    /// <param name="unasked">Length of a page when the request names none; null for no paging then.</param>
    /// <param name="keyOf">Rising key of the items, for lists that change between two pages; their index by default.</param>
    public static Page<T> Cut<T>(
        QueryNode request, IEnumerable<T> items, (int Least, int Most) bounds, int? unasked = null, Func<T, long>? keyOf = null)
    {
        var size = request.Number("MaxResults");
        if (size < bounds.Least || size > bounds.Most)
        {
            throw new AwsException("InvalidParameterValue",
                $"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between {bounds.Least} and {bounds.Most}.");
        }

        var after = After(request.Text("NextToken"));
        var rest = items.Select((item, index) => (Item: item, Key: keyOf?.Invoke(item) ?? index)).Where(entry => entry.Key > after);
        if ((size ?? unasked) is not { } length)
        {
            return new Page<T>([.. rest.Select(entry => entry.Item)], null);
        }

        var page = rest.Take(length + 1).ToList();
        var more = page.Count > length;
        return new Page<T>([.. page.Take(length).Select(entry => entry.Item)], more ? Token(page[length - 1].Key) : null);
    }

    private static string Token(long key) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"after:{key}"));

    private static long After(string? token)
    {
        if (token is null)
        {
            return -1;
        }

        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var count)
            && Encoding.UTF8.GetString(bytes, 0, count).Split(':') is ["after", var key]
            && long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : throw new AwsException("InvalidParameterValue", "Unable to parse pagination token");
    }
}
