using System.Text.RegularExpressions;

namespace Operator.Simulator.Aws.Wire;

/// <summary>
/// The <c>Filter.N</c> parameters of EC2's Describe calls: all must match, each by any of its values, in which <c>*</c> and
/// <c>?</c> are wildcards.
/// </summary>
internal sealed class Filters
{
    private const int MostValues = 200;
    private readonly IReadOnlyList<(string Name, IReadOnlyList<Regex> Values)> _filters;

    public Filters(QueryNode request)
    {
        _filters = [.. request.Items("Filter").Select(filter =>
            (filter.Required("Name"), (IReadOnlyList<Regex>)[.. filter.Texts("Value").Select(Pattern)]))];
        if (_filters.Sum(filter => filter.Values.Count) > MostValues)
        {
            throw new AwsException(
                "FilterLimitExceeded", $"The maximum number of filter values specified on a single call is {MostValues}");
        }
    }

    /// <summary>Whether an object passes.</summary>
    /// <param name="valuesOf">The object's values for a filter name; null for an unknown one, which is the caller's error.</param>
    public bool Match(Func<string, IEnumerable<string?>?> valuesOf)
    {
        foreach (var (name, patterns) in _filters)
        {
            var values = valuesOf(name) ?? throw Unknown(name);
            if (!values.OfType<string>().Any(value => patterns.Any(pattern => pattern.IsMatch(value))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The values for the filters that every tagged resource has: <c>tag:KEY</c>, <c>tag-key</c>, <c>tag-value</c>.</summary>
    public static IEnumerable<string?>? OfTags(string name, IReadOnlyDictionary<string, string> tags) => name switch
    {
        "tag-key" => tags.Keys,
        "tag-value" => tags.Values,
        _ when name.StartsWith("tag:", StringComparison.Ordinal) => [tags.GetValueOrDefault(name["tag:".Length..])!],
        _ => null,
    };

    /// <summary>Checks the names even where there is nothing to filter, as EC2 does.</summary>
    public void CheckNames(params ReadOnlySpan<string> known)
    {
        foreach (var (name, _) in _filters)
        {
            if (!known.Contains(name) && OfTags(name, new Dictionary<string, string>()) is null)
            {
                throw Unknown(name);
            }
        }
    }

    private static AwsException Unknown(string name) => new("InvalidParameterValue", $"The filter '{name}' is invalid");

    private static Regex Pattern(string value) => new(
        "^" + Regex.Escape(value).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal) + "$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline,
        TimeSpan.FromSeconds(1));
}
