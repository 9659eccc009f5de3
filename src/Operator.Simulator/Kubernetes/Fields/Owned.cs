namespace Operator.Simulator.Kubernetes.Fields;

/// <summary>Fields without an owner, because only the server writes them.</summary>
internal static class Owned
{
    private static readonly string[] ServerMetadata =
    [
        "f:name", "f:namespace", "f:uid", "f:resourceVersion", "f:creationTimestamp", "f:generation", "f:selfLink", "f:generateName",
        "f:managedFields", "f:deletionTimestamp", "f:deletionGracePeriodSeconds",
    ];

    public static void StripUnowned(FieldSet fields)
    {
        fields.IsMember = false;
        fields.Remove("f:apiVersion");
        fields.Remove("f:kind");
        if (fields.Find("f:metadata") is { } metadata)
        {
            metadata.IsMember = false;
            Array.ForEach(ServerMetadata, metadata.Remove);
        }
    }
}
