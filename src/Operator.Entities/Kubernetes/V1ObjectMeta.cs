using System.Text.Json.Serialization;

namespace Operator.Entities.Kubernetes;

/// <summary>The metadata that every Kubernetes object carries (the fields in use; <c>managedFields</c> is never read).</summary>
public sealed class V1ObjectMeta
{
    /// <summary>Unique among the objects of one kind in one namespace.</summary>
    public string? Name { get; set; }

    /// <summary>Prefix from which the API server makes a unique name when <see cref="Name"/> is absent.</summary>
    public string? GenerateName { get; set; }

    /// <summary>The namespace; absent on cluster-scoped objects.</summary>
    [JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; set; }

    /// <summary>Unique in time and space; a new object of the same name has another one.</summary>
    public string? Uid { get; set; }

    /// <summary>Opaque version of the stored object, for optimistic concurrency and watches.</summary>
    public string? ResourceVersion { get; set; }

    /// <summary>Counts changes of the spec.</summary>
    public long? Generation { get; set; }

    /// <summary>When the API server stored the object first.</summary>
    public DateTimeOffset? CreationTimestamp { get; set; }

    /// <summary>Set when deletion was asked for; the object goes when its finalizers are gone.</summary>
    public DateTimeOffset? DeletionTimestamp { get; set; }

    /// <summary>Names of the duties to be done before the object may go.</summary>
    public List<string>? Finalizers { get; set; }

    /// <summary>Keys and values to select by.</summary>
    public Dictionary<string, string>? Labels { get; set; }

    /// <summary>Keys and values not to select by.</summary>
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary>The objects this one goes with.</summary>
    public List<V1OwnerReference>? OwnerReferences { get; set; }
}

/// <summary>Names the owner of an object: with the owner gone, the garbage collector removes the object.</summary>
public sealed class V1OwnerReference
{
    /// <summary>Group and version of the owner.</summary>
    public string ApiVersion { get; set; } = "";

    /// <summary>Kind of the owner.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Name of the owner, in the same namespace.</summary>
    public string Name { get; set; } = "";

    /// <summary>UID of the owner.</summary>
    public string Uid { get; set; } = "";

    /// <summary>Whether this owner is the managing controller.</summary>
    public bool? Controller { get; set; }

    /// <summary>Whether the owner waits for this object in a foreground deletion.</summary>
    public bool? BlockOwnerDeletion { get; set; }
}
