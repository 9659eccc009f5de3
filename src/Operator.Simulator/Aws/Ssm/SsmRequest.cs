using System.Text.Json;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ssm;

/// <summary>The members of a JSON request.</summary>
internal readonly struct SsmRequest(JsonElement body)
{
    public string? Text(string name) => Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public string Required(string name) => Text(name) ?? throw Invalid(
        $"1 validation error detected: Value at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy constraint: "
        + "Member must not be null");

    /// <summary>An object.</summary>
    public SsmRequest Object(string name) => new(Member(name) ?? default);

    public bool Flag(string name) => Member(name) is { ValueKind: JsonValueKind.True };

    public int? Number(string name) => Member(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt32() : null;

    public IReadOnlyList<string> Texts(string name) => [.. Elements(name).Select(value => value.GetString()!)];

    public IReadOnlyList<SsmRequest> Items(string name) => [.. Elements(name).Select(value => new SsmRequest(value))];

    public Dictionary<string, string> Tags(string name) =>
        Items(name).ToDictionary(tag => tag.Required("Key"), tag => tag.Required("Value"), StringComparer.Ordinal);

    /// <summary>One page of a list.</summary>
    public Page<T> Page<T>(IEnumerable<T> all, int largest)
    {
        var size = Number("MaxResults") ?? largest;
        if (size < 1 || size > largest)
        {
            throw Invalid($"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: "
                + $"Member must be between 1 and {largest}");
        }

        if (!int.TryParse(Text("NextToken") ?? "0", out var start))
        {
            throw new AwsException("InvalidNextToken", "The specified token is not valid.");
        }

        var page = all.Skip(start).Take(size + 1).ToList();
        return new Page<T>([.. page.Take(size)], page.Count > size ? (start + size).ToString() : null);
    }

    private static AwsException Invalid(string message) => new("ValidationException", message);

    private JsonElement? Member(string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) ? value : null;

    private JsonElement.ArrayEnumerator Elements(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : default;
}
