using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>Objects as rows (<c>meta.k8s.io/v1 Table</c>), which is what <c>kubectl get</c> prints.</summary>
/// <param name="type">The resource.</param>
/// <param name="includeObject">What of the object each row carries: <c>Metadata</c>, <c>Object</c> or <c>None</c>.</param>
/// <param name="timeProvider">Ages are counted on it.</param>
internal sealed class ObjectTable(ResourceType type, string? includeObject, TimeProvider timeProvider)
{
    public JsonObject Render(IEnumerable<StoredObject> items, JsonObject metadata, bool withColumns = true)
    {
        var table = new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = withColumns ? Columns() : null,
            ["rows"] = new JsonArray([.. items.Select(Row)]),
        };
        if (!withColumns)
        {
            table.Remove("columnDefinitions");
        }

        return table;
    }

    /// <summary>A length of time as <c>kubectl</c> shows ages: two units at most, fewer the longer it is.</summary>
    public static string HumanDuration(TimeSpan age)
    {
        var (seconds, minutes, hours) = ((long)age.TotalSeconds, (long)age.TotalMinutes, (long)age.TotalHours);
        return (seconds, minutes, hours) switch
        {
            ( < -1, _, _) => "<invalid>",
            ( < 0, _, _) => "0s",
            ( < 120, _, _) => $"{seconds}s",
            (_, < 10, _) => Two(minutes, 'm', seconds % 60, 's'),
            (_, < 180, _) => $"{minutes}m",
            (_, _, < 8) => Two(hours, 'h', minutes % 60, 'm'),
            (_, _, < 48) => $"{hours}h",
            (_, _, < 192) => Two(hours / 24, 'd', hours % 24, 'h'),
            (_, _, < 24 * 365 * 2) => $"{hours / 24}d",
            _ => Two(hours / 24 / 365, 'y', hours / 24 % 365, 'd'),
        };
    }

    private static string Two(long first, char unit, long second, char smallerUnit) =>
        second == 0 ? $"{first}{unit}" : $"{first}{unit}{second}{smallerUnit}";

    private JsonArray Columns()
    {
        var columns = new JsonArray(Column("Name", "string", "name", "Name must be unique within a namespace.", 0));
        foreach (var column in type.Columns)
        {
            columns.Add(Column(column.Name, column.Type, "", column.Description, column.Priority));
        }

        return columns;
    }

    private static JsonObject Column(string name, string columnType, string format, string description, int priority) => new JsonObject
    {
        ["name"] = name,
        ["type"] = columnType,
        ["format"] = format,
        ["description"] = description,
        ["priority"] = priority,
    };

    private JsonNode Row(StoredObject stored)
    {
        var item = stored.Read();
        var cells = new JsonArray(stored.Key.Name);
        foreach (var column in type.Columns)
        {
            cells.Add(Cell(column, column.Value(item)));
        }

        var row = new JsonObject { ["cells"] = cells };
        if (includeObject != "None")
        {
            row["object"] = includeObject == "Object" ? item : MetadataOnly(item);
        }

        return row;
    }

    private JsonNode? Cell(PrinterColumn column, JsonNode? value) => (column.Type, value) switch
    {
        ("date", null) => "<unknown>",
        ("date", _) => Age(value.ToString()),
        (_, null) => null,
        ("string", JsonValue text) when text.GetValueKind() == JsonValueKind.String => text.DeepClone(),
        ("string", _) => value.ToJsonString(),
        (_, JsonValue) => value.DeepClone(),
        _ => null,
    };

    private string Age(string time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            ? HumanDuration(timeProvider.GetUtcNow() - since)
            : "<invalid>";

    private static JsonObject MetadataOnly(JsonObject item) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = item["metadata"]?.DeepClone(),
    };
}
