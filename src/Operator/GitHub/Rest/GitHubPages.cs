using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace Operator.GitHub.Rest;

/// <summary>One page of a list.</summary>
/// <param name="TotalCount">Size of the complete list; null if unknown.</param>
/// <param name="Items">The items on this page.</param>
internal sealed record GitHubPage<T>(int? TotalCount, IReadOnlyList<T> Items);

/// <summary>
/// Reads lists page by page and caches each page with its ETag, so that rereading an unchanged list does not count against the rate limit.
/// </summary>
/// <typeparam name="T">The items.</typeparam>
/// <param name="send">Sends a call; returns a success or 304.</param>
/// <param name="read">Parses a page.</param>
/// <param name="idOf">Identifies items.</param>
/// <param name="networkTime">The clock for network time-outs.</param>
internal sealed class GitHubPages<T>(
    Func<GitHubCall, CancellationToken, Task<GitHubAnswer>> send, Func<GitHubAnswer, GitHubPage<T>> read, Func<T, long> idOf, TimeProvider networkTime)
{
    public const int PageSize = 100;

    /// <summary>Maximum number of pages: GitHub allows at most 10,000 runners in a group, and an endless list is invalid.</summary>
    public const int MostPages = 200;

    /// <summary>Longest time that a list may take, however many pages it has.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>Maximum size of a list, and of all cached lists.</summary>
    private const long MostBytes = 4L * GitHubHttp.MaxBodyBytes;

    // Runs come and go; beyond this, the cache is cleared rather than growing forever.
    private const int MostLists = 1000;

    private readonly ConcurrentDictionary<string, IReadOnlyList<KnownPage>> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>All items, each once.</summary>
    /// <param name="operation">Name of the call.</param>
    /// <param name="path">Path of the list, with or without a query.</param>
    /// <param name="priority">The priority.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitHubApiException">It is refused or does not end.</exception>
    public async Task<IReadOnlyList<T>> ReadAllAsync(
        string operation, string path, GitHubPriority priority, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, networkTime);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var pages = await WalkAsync(operation, path, priority, either.Token);
            if (pages.DistinctBy(page => page.TotalCount).Skip(1).Any())
            {
                // The list changed while it was read: a removal shifts an item to a page that was already read.
                pages = await WalkAsync(operation, path, priority, either.Token);
            }

            return [.. pages.SelectMany(page => page.Items).Where(item => idOf(item) > 0).DistinctBy(idOf)];
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GitHubApiException(GitHubErrors.Unreachable, $"the pages of {operation} took longer than {Timeout.TotalSeconds} s", e);
        }
    }

    private async Task<IReadOnlyList<GitHubPage<T>>> WalkAsync(
        string operation, string path, GitHubPriority priority, CancellationToken cancellationToken)
    {
        var known = _known.GetValueOrDefault(path, []);
        var pages = new List<KnownPage>();
        do
        {
            var before = pages.Count < known.Count ? known[pages.Count] : null;
            var call = new GitHubCall(
                operation, HttpMethod.Get, $"{path}{(path.Contains('?') ? '&' : '?')}per_page={PageSize}&page={pages.Count + 1}", priority)
            { ETag = before?.ETag };
            var answer = await send(call, cancellationToken);
            pages.Add(answer.Status == HttpStatusCode.NotModified && before is not null
                ? before
                : new KnownPage(answer.Headers.ETag, read(answer), HasNext(answer.Headers), answer.Body.Length));
            if (pages.Count > MostPages || pages.Sum(page => page.Size) > MostBytes)
            {
                throw new GitHubApiException(GitHubErrors.UnexpectedAnswer, $"the list of {operation} has more than {MostPages} pages, or than {MostBytes >> 20} MiB");
            }
        }
        while (pages[^1] is { HasNext: true, Page.Items.Count: > 0 });

        if (_known.Count >= MostLists || _known.Values.Sum(list => list.Sum(page => page.Size)) > MostBytes)
        {
            _known.Clear();
        }

        _known[path] = pages;
        return [.. pages.Select(page => page.Page)];
    }

    private static bool HasNext(HttpResponseHeaders headers) =>
        headers.TryGetValues("Link", out var links)
        && links.Any(link => link.Contains("rel=\"next\"", StringComparison.OrdinalIgnoreCase));

    private sealed record KnownPage(EntityTagHeaderValue? ETag, GitHubPage<T> Page, bool HasNext, long Size);
}
