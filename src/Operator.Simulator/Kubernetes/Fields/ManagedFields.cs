using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Fields;

/// <summary>The owners of an object's fields, as <c>metadata.managedFields</c> keeps them.</summary>
internal sealed class ManagedFields
{
    private readonly Dictionary<FieldManager, (FieldSet Fields, string Time)> _owners = [];

    public static ManagedFields Read(JsonArray? json)
    {
        var owners = new ManagedFields();
        foreach (var entry in json?.OfType<JsonObject>() ?? [])
        {
            var manager = new FieldManager(Text("manager"), Text("operation"), Text("apiVersion"), Text("subresource"));
            owners._owners[manager] = (FieldSet.Read(entry["fieldsV1"] as JsonObject ?? []), Text("time"));
            string Text(string name) => entry[name]?.ToString() ?? "";
        }

        return owners;
    }

    public JsonArray ToJson() => new([.. _owners.Where(owner => !owner.Value.Fields.IsEmpty)
        .OrderBy(owner => owner.Key.Operation, StringComparer.Ordinal)
        .ThenBy(owner => owner.Value.Time, StringComparer.Ordinal)
        .ThenBy(owner => owner.Key.Name, StringComparer.Ordinal)
        .ThenBy(owner => owner.Key.Subresource, StringComparer.Ordinal)
        .Select(owner => Entry(owner.Key, owner.Value.Fields, owner.Value.Time))]);

    public FieldSet Of(FieldManager manager) => _owners.TryGetValue(manager, out var owned) ? owned.Fields : new FieldSet();

    /// <summary>Everything that has an owner.</summary>
    public FieldSet All() => _owners.Values.Aggregate(new FieldSet(), (all, owned) => all.Union(owned.Fields));

    /// <summary>Others that own some of the fields, with what they own of them.</summary>
    public IEnumerable<(FieldManager Manager, FieldSet Fields)> OthersOwning(FieldSet fields, FieldManager manager) =>
        _owners.Where(owner => owner.Key != manager)
            .Select(owner => (owner.Key, Fields: owner.Value.Fields.Intersect(fields)))
            .Where(owned => !owned.Fields.IsEmpty);

    /// <summary>Makes a manager own a set of fields, keeping the old time if the set is unchanged.</summary>
    public void Give(FieldManager manager, FieldSet fields, string now)
    {
        if (!_owners.TryGetValue(manager, out var owned) || !owned.Fields.SetEquals(fields))
        {
            _owners[manager] = (fields, now);
        }
    }

    /// <summary>Records a plain write: its writer exclusively owns the written fields.</summary>
    public void NoteWrite(FieldManager manager, FieldComparison changes, string now)
    {
        if (changes.IsEmpty)
        {
            return;
        }

        var written = changes.Written;
        TakeFromOthers(manager, written.Union(changes.Removed));
        _owners[manager] = (Of(manager).Union(written).Except(changes.Removed), now);
    }

    public void TakeFromOthers(FieldManager manager, FieldSet fields)
    {
        foreach (var (other, owned) in _owners.Where(owner => owner.Key != manager).ToList())
        {
            _owners[other] = (owned.Fields.Except(fields), owned.Time);
        }
    }

    private static JsonObject Entry(FieldManager manager, FieldSet fields, string time)
    {
        var entry = new JsonObject
        {
            ["manager"] = manager.Name,
            ["operation"] = manager.Operation,
            ["apiVersion"] = manager.ApiVersion,
            ["time"] = time,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = fields.ToJson(),
        };
        if (manager.Subresource.Length > 0)
        {
            entry["subresource"] = manager.Subresource;
        }

        return entry;
    }
}
