using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Selection;

/// <summary>How much of a selection to list, and as of when.</summary>
/// <param name="Limit">Most objects of a page; 0 for all.</param>
/// <param name="Continue">The token of the page before.</param>
/// <param name="ResourceVersion">The version the client has seen; empty for the newest.</param>
/// <param name="IsExact">Whether the list must be of exactly that version.</param>
internal sealed record ListQuery(int Limit, string? Continue, string? ResourceVersion, bool IsExact);

/// <summary>One page of a list.</summary>
/// <param name="Items">The objects.</param>
/// <param name="Revision">The revision that all pages of the list show.</param>
/// <param name="Continue">The token for the next page, if any.</param>
/// <param name="Remaining">How many objects come after this page, where that is known.</param>
internal sealed record ListPage(IReadOnlyList<StoredObject> Items, long Revision, string? Continue, int? Remaining);

/// <summary>Lists objects in pages that all show the same revision.</summary>
internal sealed class ObjectList(Cluster cluster)
{
    // In a token: continue with the current state.
    private const long Newest = -1;

    public ListPage List(ResourceType type, ObjectSelection selection, ListQuery query)
    {
        var (revision, after) = Start(query);
        var collection = cluster.Store.Collection(type);
        var objects = revision == cluster.Store.Revision ? collection.Objects : ObjectsAt(collection, revision, after);
        var matching = objects.Where(item => (after is null || ObjectKey.ListOrder.Compare(item.Key, after.Value) > 0) && selection.Matches(item)).ToList();
        if (query.Limit == 0 || matching.Count <= query.Limit)
        {
            return new ListPage(matching, revision, null, null);
        }

        var page = matching.GetRange(0, query.Limit);
        return new ListPage(page, revision, Token(revision, page[^1].Key), selection.IsPartial ? null : matching.Count - page.Count);
    }

    /// <summary>Reads a resource version; nothing and "0" mean any.</summary>
    public static long ParseVersion(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw ApiErrors.BadRequest($"invalid resource version \"{text}\"");
    }

    private (long Revision, ObjectKey? After) Start(ListQuery query)
    {
        if (!string.IsNullOrEmpty(query.Continue))
        {
            var (revision, after) = ReadToken(query.Continue);
            return (revision == Newest ? cluster.Store.Revision : revision, after);
        }

        var asked = ParseVersion(query.ResourceVersion);
        if (asked > cluster.Store.Revision)
        {
            throw ApiErrors.VersionTooLarge(asked, cluster.Store.Revision);
        }

        return (query.IsExact && asked > 0 ? asked : cluster.Store.Revision, null);
    }

    private static IReadOnlyCollection<StoredObject> ObjectsAt(ObjectCollection collection, long revision, ObjectKey? after)
    {
        try
        {
            return collection.ObjectsAt(revision);
        }
        catch (ApiException) when (after is { } place)
        {
            throw ApiErrors.Expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
                "the continue parameter, or use the continue token in this response to retrieve the remainder of the results.",
                Token(Newest, place));
        }
    }

    private static string Token(long revision, ObjectKey last)
    {
        var token = new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = revision, ["start"] = $"{last.Namespace}/{last.Name}" };
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(token.ToJsonString()));
    }

    private static (long Revision, ObjectKey? After) ReadToken(string text)
    {
        var bytes = new byte[text.Length];
        if (Convert.TryFromBase64String(text, bytes, out var length)
            && TryParse(bytes.AsSpan(0, length)) is { } token
            && token["rv"] is JsonValue version && version.TryGetValue(out long revision)
            && token["start"]?.ToString().Split('/', 2) is [var space, var name])
        {
            return (revision, new ObjectKey(space, name));
        }

        throw ApiErrors.BadRequest("continue key is not valid");
    }

    private static JsonObject? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
