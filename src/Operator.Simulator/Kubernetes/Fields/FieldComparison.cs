using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Schemas;

namespace Operator.Simulator.Kubernetes.Fields;

/// <summary>Which fields differ between two versions of an object, and which fields a configuration names.</summary>
internal sealed class FieldComparison
{
    public FieldSet Added { get; } = new();

    public FieldSet Modified { get; } = new();

    public FieldSet Removed { get; } = new();

    /// <summary>Fields whose value is new, by addition or change.</summary>
    public FieldSet Written => Added.Union(Modified);

    public bool IsEmpty => Added.IsEmpty && Modified.IsEmpty && Removed.IsEmpty;

    public static FieldComparison Compare(JsonObject before, JsonObject after, Schema schema)
    {
        var comparison = new FieldComparison();
        Compare(before, after, schema, comparison.Added, comparison.Modified, comparison.Removed);
        Owned.StripUnowned(comparison.Added);
        Owned.StripUnowned(comparison.Modified);
        Owned.StripUnowned(comparison.Removed);
        return comparison;
    }

    /// <summary>The fields that an applied configuration names: its leaves, empty containers, and the entries of lists and maps.</summary>
    public static FieldSet FieldsOf(JsonObject configuration, Schema schema)
    {
        var fields = new FieldSet();
        Collect(configuration, schema, fields);
        Owned.StripUnowned(fields);
        return fields;
    }

    private static void Compare(JsonNode before, JsonNode after, Schema? schema, FieldSet added, FieldSet modified, FieldSet removed)
    {
        var (old, current) = (Parts.Split(before, schema), Parts.Split(after, schema));
        if (old is null || current is null)
        {
            modified.IsMember |= !JsonNode.DeepEquals(before, after);
            return;
        }

        foreach (var element in old.Keys.Union(current.Keys))
        {
            var (left, right) = (old.GetValueOrDefault(element), current.GetValueOrDefault(element));
            if (left.Value is null || right.Value is null)
            {
                var (side, there) = left.Value is null ? (added, right) : (removed, left);
                CollectAll(there.Value, there.Schema, side.At(element));
            }
            else
            {
                Compare(left.Value, right.Value, left.Schema, added.At(element), modified.At(element), removed.At(element));
            }
        }
    }

    // What appears or disappears counts with all its containers.
    private static void CollectAll(JsonNode? value, Schema? schema, FieldSet fields)
    {
        fields.IsMember = value is not null;
        foreach (var (element, part) in Parts.Split(value, schema) ?? [])
        {
            CollectAll(part.Value, part.Schema, fields.At(element));
        }
    }

    private static void Collect(JsonNode? value, Schema? schema, FieldSet fields)
    {
        var parts = Parts.Split(value, schema);
        fields.IsMember |= parts is null or { Count: 0 };
        foreach (var (element, part) in parts ?? [])
        {
            var field = fields.At(element);
            // Entries of maps and lists are things of their own; members of a structure are not.
            field.IsMember = element[0] != 'f' || schema?.Properties.ContainsKey(element[2..]) != true;
            Collect(part.Value, part.Schema, field);
        }
    }
}
