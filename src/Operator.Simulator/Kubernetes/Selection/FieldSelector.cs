using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Selection;

/// <summary>A field selector: <c>metadata.name=a,status.phase!=b</c>, on the resource's selectable fields.</summary>
internal sealed class FieldSelector
{
    private readonly List<(string Field, string Value, bool Equal)> _requirements = [];

    public bool IsEmpty => _requirements.Count == 0;

    public static FieldSelector Parse(string? text, ResourceType type)
    {
        var selector = new FieldSelector();
        foreach (var requirement in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equal = !requirement.Contains("!=");
            var sides = requirement.Split(equal ? requirement.Contains("==") ? "==" : "=" : "!=", 2);
            if (sides.Length < 2)
            {
                throw ApiErrors.BadRequest($"invalid selector: '{requirement}'; can't understand '{requirement}'");
            }

            if (sides[0] is not ("metadata.name" or "metadata.namespace") && !type.SelectableFields.Contains(sides[0]))
            {
                throw ApiErrors.BadRequest($"field label not supported: {sides[0]}");
            }

            selector._requirements.Add((sides[0], sides[1], equal));
        }

        return selector;
    }

    public bool Matches(StoredObject item)
    {
        JsonObject? content = null;
        return _requirements.TrueForAll(requirement => requirement.Equal == (Value(requirement.Field) == requirement.Value));

        string Value(string field) => field switch
        {
            "metadata.name" => item.Key.Name,
            "metadata.namespace" => item.Key.Namespace,
            _ => JsonPath.Parse(field).First(content ??= item.Read())?.ToString() ?? "",
        };
    }
}
