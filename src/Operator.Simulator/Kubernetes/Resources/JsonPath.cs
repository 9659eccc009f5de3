using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Resources;

/// <summary>
/// The part of Kubernetes' JSONPath that printer columns, scale paths and <c>kubectl wait</c> use:
/// <c>.a.b</c>, <c>.a\.b</c>, <c>['a.b']</c>, <c>['a','b']</c> (whichever is there), <c>[0]</c>, <c>[*]</c> and <c>[?(@.type=="Ready")]</c>.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<Func<IEnumerable<JsonNode>, IEnumerable<JsonNode>>> _steps = [];

    /// <summary>Reads a path, with or without the leading dot.</summary>
    public static JsonPath Parse(string text)
    {
        var path = new JsonPath();
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                var end = EndOfBracket(text, at);
                path._steps.Add(Bracket(text[(at + 1)..end]));
                at = end + 1;
            }
            else
            {
                at += text[at] == '.' ? 1 : 0;
                path._steps.Add(Field(ReadName(text, ref at)));
            }
        }

        return path;
    }

    public JsonNode? First(JsonNode root)
    {
        IEnumerable<JsonNode> found = [root];
        foreach (var step in _steps)
        {
            found = step(found);
        }

        return found.FirstOrDefault();
    }

    private static int EndOfBracket(string text, int start)
    {
        char? quote = null;
        for (var at = start + 1; at < text.Length; at++)
        {
            if (quote is null && text[at] == ']')
            {
                return at;
            }

            quote = text[at] is '\'' or '"' ? (quote is null ? text[at] : quote == text[at] ? null : quote) : quote;
        }

        throw new FormatException($"the path {text} has an open bracket");
    }

    private static string ReadName(string text, ref int at)
    {
        var name = new StringBuilder();
        for (; at < text.Length && text[at] is not ('.' or '['); at++)
        {
            at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
            name.Append(text[at]);
        }

        return name.ToString();
    }

    private static Func<IEnumerable<JsonNode>, IEnumerable<JsonNode>> Field(string name) =>
        nodes => nodes.OfType<JsonObject>().Select(node => node[name]).OfType<JsonNode>();

    private static Func<IEnumerable<JsonNode>, IEnumerable<JsonNode>> Bracket(string inside)
    {
        if (inside == "*")
        {
            return nodes => nodes.SelectMany(Children);
        }

        if (inside.StartsWith("?(@", StringComparison.Ordinal) && inside.EndsWith(')'))
        {
            return Filter(inside[3..^1]);
        }

        if (int.TryParse(inside, out var index))
        {
            return nodes => nodes.OfType<JsonArray>()
                .Select(array => (uint)(index < 0 ? array.Count + index : index) is var i && i < array.Count ? array[(int)i] : null)
                .OfType<JsonNode>();
        }

        string[] names = [.. inside.Split("','").Select(name => name.Trim('\'', '"'))];
        return nodes => nodes.OfType<JsonObject>().SelectMany(node => names.Select(name => node[name])).OfType<JsonNode>();
    }

    private static Func<IEnumerable<JsonNode>, IEnumerable<JsonNode>> Filter(string condition)
    {
        var sides = condition.Split("==", 2, StringSplitOptions.TrimEntries);
        if (sides.Length < 2)
        {
            throw new FormatException($"the condition {condition} is not understood; only == is");
        }

        var (left, right) = (Parse(sides[0]), sides[1].Trim('"', '\''));
        return nodes => nodes.SelectMany(Children).Where(child => left.First(child)?.ToString() == right);
    }

    private static IEnumerable<JsonNode> Children(JsonNode node) => node switch
    {
        JsonArray array => array.OfType<JsonNode>(),
        JsonObject map => map.Select(pair => pair.Value).OfType<JsonNode>(),
        _ => [],
    };
}
