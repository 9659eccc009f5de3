namespace Operator.Simulator.Kubernetes.Schemas;

/// <summary>The shape of <c>metadata</c>, the same on every object.</summary>
internal static class MetadataSchema
{
    public static Schema Value { get; } = SchemaReader.Parse("""
        {
          "type": "object",
          "x-kubernetes-preserve-unknown-fields": true,
          "properties": {
            "name": {"type": "string"},
            "generateName": {"type": "string"},
            "namespace": {"type": "string"},
            "uid": {"type": "string"},
            "resourceVersion": {"type": "string"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}, "nullable": true},
            "annotations": {"type": "object", "additionalProperties": {"type": "string"}, "nullable": true},
            "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "nullable": true},
            "ownerReferences": {
              "type": "array",
              "nullable": true,
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["uid"],
              "items": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "required": ["apiVersion", "kind", "name", "uid"],
                "properties": {
                  "apiVersion": {"type": "string"},
                  "kind": {"type": "string"},
                  "name": {"type": "string"},
                  "uid": {"type": "string"}
                }
              }
            }
          }
        }
        """);

    /// <summary>For kinds without a schema of their own: only the metadata is known.</summary>
    public static Schema OfAnyObject { get; } = new()
    {
        PreservesUnknownFields = true,
        Properties = new Dictionary<string, Schema>(StringComparer.Ordinal) { ["metadata"] = Value },
    };
}
