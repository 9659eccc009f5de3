using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Fields;

/// <summary>
/// A set of fields of an object as a tree, as <c>metadata.managedFields[].fieldsV1</c> writes it: <c>f:name</c> for a member of
/// an object, <c>k:{…}</c> and <c>v:…</c> for an item of a list, and <c>.</c> where a container itself belongs to the set.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    /// <summary>Whether the field at this place belongs to the set itself.</summary>
    public bool IsMember { get; set; }

    public bool IsEmpty => !IsMember && _children.Values.All(child => child.IsEmpty);

    public IEnumerable<KeyValuePair<string, FieldSet>> Children => _children.Where(child => !child.Value.IsEmpty);

    public static FieldSet Read(JsonObject fields)
    {
        var set = new FieldSet();
        foreach (var (element, inner) in fields)
        {
            if (element == ".")
            {
                set.IsMember = true;
                continue;
            }

            var child = Read(inner as JsonObject ?? []);
            child.IsMember |= child._children.Count == 0;
            set._children[element] = child;
        }

        return set;
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var (element, child) in Children)
        {
            json[element] = child.ToJson();
        }

        if (IsMember && json.Count > 0)
        {
            json["."] = new JsonObject();
        }

        return json;
    }

    public FieldSet? Find(string element) => _children.GetValueOrDefault(element) is { IsEmpty: false } child ? child : null;

    /// <summary>The child at an element; created if there is none.</summary>
    public FieldSet At(string element)
    {
        if (!_children.TryGetValue(element, out var child))
        {
            child = new FieldSet();
            _children[element] = child;
        }

        return child;
    }

    public void Remove(string element) => _children.Remove(element);

    public FieldSet Union(FieldSet other) => Combine(other, (mine, theirs) => mine || theirs);

    public FieldSet Except(FieldSet other) => Combine(other, (mine, theirs) => mine && !theirs);

    public FieldSet Intersect(FieldSet other) => Combine(other, (mine, theirs) => mine && theirs);

    public bool SetEquals(FieldSet other) => Combine(other, (mine, theirs) => mine != theirs).IsEmpty;

    /// <summary>The members, written as the API server does in messages: <c>.spec.size</c>, <c>.spec.ports[name="http"].port</c>.</summary>
    public IEnumerable<string> Paths()
    {
        foreach (var (element, child) in Children)
        {
            var step = Describe(element);
            if (child.IsMember)
            {
                yield return step;
            }

            foreach (var path in child.Paths())
            {
                yield return step + path;
            }
        }
    }

    private FieldSet Combine(FieldSet other, Func<bool, bool, bool> rule)
    {
        var result = new FieldSet { IsMember = rule(IsMember, other.IsMember) };
        var nothing = new FieldSet();
        foreach (var element in _children.Keys.Union(other._children.Keys))
        {
            var child = _children.GetValueOrDefault(element, nothing).Combine(other._children.GetValueOrDefault(element, nothing), rule);
            if (!child.IsEmpty)
            {
                result._children[element] = child;
            }
        }

        return result;
    }

    private static string Describe(string element) => element[..2] switch
    {
        "f:" => "." + element[2..],
        "k:" => $"[{string.Join(",", JsonNode.Parse(element[2..])!.AsObject().Select(key => $"{key.Key}={key.Value?.ToJsonString()}"))}]",
        "v:" => $"[={element[2..]}]",
        _ => $"[{element[2..]}]",
    };
}
