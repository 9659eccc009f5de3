using System.Text.Json;

namespace Operator.LeaseApi.Tokens;

/// <summary>A part of a token as one object of JSON: no member twice, no comment, nothing nested deep.</summary>
internal static class StrictJson
{
    private const int MostDepth = 8;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = MostDepth,
    };

    /// <summary>Reads a part; null when it is not one object of JSON.</summary>
    public static JsonElement? Read(ReadOnlySpan<char> encoded)
    {
        try
        {
            var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(encoded);
            using var document = JsonDocument.Parse(bytes, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A member that is a text of bounded length and not empty; null otherwise.</summary>
    public static string? Text(this JsonElement item, string name, int longest = 512) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= longest ? text : null;

    /// <summary>A member that is a text of digits, as GitHub writes its ids; null otherwise.</summary>
    public static string? Id(this JsonElement item, string name) =>
        item.Text(name, longest: 20) is { } text && text.All(char.IsAsciiDigit) ? text : null;

    /// <summary>A member that is a whole number of seconds since 1970; null otherwise.</summary>
    public static DateTimeOffset? Time(this JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is > 0 and < 253402300799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
