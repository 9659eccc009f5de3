using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Operator.Simulator.Aws.Wire;

/// <summary>
/// The parameters of a query-protocol request as a tree: <c>Filter.1.Value.2=x</c> is Filter → 1 → Value → 2. Names are
/// matched without case, because the SDKs do not agree on the first letter of every parameter.
/// </summary>
internal sealed class QueryNode
{
    private static readonly QueryNode Empty = new();
    private readonly SortedDictionary<string, QueryNode> _children = new(StringComparer.OrdinalIgnoreCase);
    private string _path = "";

    public string? Value { get; private set; }

    public bool IsEmpty => Value is null && _children.Count == 0;

    public QueryNode this[string name] => _children.GetValueOrDefault(name, Empty);

    public static QueryNode Parse(string form)
    {
        var root = new QueryNode();
        foreach (var (name, values) in QueryHelpers.ParseQuery(form))
        {
            root.Add(name.Split('.'), values.ToString());
        }

        return root;
    }

    public string? Text(string name) => this[name].Value is { Length: > 0 } value ? value : null;

    public string Required(string name) =>
        Text(name) ?? throw new AwsException("MissingParameter", $"The request must contain the parameter {name}");

    public int? Number(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new AwsException("InvalidParameterValue", $"Invalid value '{text}' for {name}. It must be an integer.");
    }

    public double? Real(string name) =>
        Text(name) is { } text ? double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : null;

    public bool? Flag(string name) => Text(name) is { } text ? bool.Parse(text) : null;

    public DateTimeOffset? Time(string name) =>
        Text(name) is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) : null;

    /// <summary>The elements of a list parameter, in order.</summary>
    public IReadOnlyList<QueryNode> Items(string name) =>
        [.. this[name]._children
            .Where(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture))
            .Select(child => child.Value)];

    public IReadOnlyList<string> Texts(string name) => [.. Items(name).Select(item => item.Value).OfType<string>()];

    /// <summary>All parameters except the given ones as one string, equal for equal requests.</summary>
    public string Fingerprint(params ReadOnlySpan<string> except)
    {
        var text = new StringBuilder();
        foreach (var (name, child) in _children)
        {
            if (!except.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                child.Describe(text);
            }
        }

        return text.ToString();
    }

    private void Describe(StringBuilder text)
    {
        if (Value is not null)
        {
            text.Append(_path).Append('=').Append(Value).Append('\n');
        }

        foreach (var child in _children.Values)
        {
            child.Describe(text);
        }
    }

    private void Add(ReadOnlySpan<string> path, string value)
    {
        if (path.IsEmpty)
        {
            Value = value;
            return;
        }

        if (!_children.TryGetValue(path[0], out var child))
        {
            _children[path[0]] = child = new QueryNode { _path = $"{_path}.{path[0]}" };
        }

        child.Add(path[1..], value);
    }
}
