using Operator.Simulator.Kubernetes.Errors;

namespace Operator.Simulator.Kubernetes.Selection;

/// <summary>A label selector: <c>a=b,c!=d,e in (f,g),h notin (i),j,!k</c>.</summary>
internal sealed class LabelSelector
{
    private readonly List<Func<IReadOnlyDictionary<string, string>, bool>> _requirements = [];

    public bool IsEmpty => _requirements.Count == 0;

    public static LabelSelector Parse(string? text)
    {
        var selector = new LabelSelector();
        foreach (var requirement in SplitOutsideOfBrackets(text ?? ""))
        {
            selector._requirements.Add(ParseOne(requirement));
        }

        return selector;
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _requirements.TrueForAll(requirement => requirement(labels));

    private static Func<IReadOnlyDictionary<string, string>, bool> ParseOne(string text)
    {
        if (text.EndsWith(')') && text.IndexOf('(') is var open and > 0)
        {
            var head = text[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var values = text[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
            return head switch
            {
                [var key, "in"] => labels => labels.TryGetValue(key, out var value) && values.Contains(value),
                [var key, "notin"] => labels => !labels.TryGetValue(key, out var value) || !values.Contains(value),
                _ => throw Malformed(text),
            };
        }

        if (text.Split("!=", 2, StringSplitOptions.TrimEntries) is [var unequal, var other])
        {
            return labels => labels.GetValueOrDefault(unequal) != other;
        }

        if (text.Split(text.Contains("==") ? "==" : "=", 2, StringSplitOptions.TrimEntries) is [var equal, var same])
        {
            return labels => labels.TryGetValue(equal, out var value) && value == same;
        }

        if (text.Contains(' '))
        {
            throw Malformed(text);
        }

        return text[0] == '!' ? labels => !labels.ContainsKey(text[1..]) : labels => labels.ContainsKey(text);
    }

    private static IEnumerable<string> SplitOutsideOfBrackets(string text)
    {
        var (start, depth) = (0, 0);
        for (var at = 0; at <= text.Length; at++)
        {
            depth += at == text.Length ? 0 : text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
            if (at == text.Length || (text[at] == ',' && depth == 0))
            {
                if (text[start..at].Trim() is { Length: > 0 } requirement)
                {
                    yield return requirement;
                }

                start = at + 1;
            }
        }
    }

    private static ApiException Malformed(string text) => ApiErrors.BadRequest($"unable to parse requirement: {text}");
}
