namespace Operator.Entities.Kubernetes;

/// <summary>One aspect of an object's state, as <c>meta/v1 Condition</c>.</summary>
public sealed class V1Condition
{
    /// <summary>The condition type in CamelCase, such as <c>Ready</c>.</summary>
    [Required, Length(1, 316)]
    public string Type { get; set; } = "";

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    [Required, Length(1, 7), Pattern("^(True|False|Unknown)$", "conditions.status: write True, False or Unknown, as the operator does")]
    public string Status { get; set; } = "";

    /// <summary>The generation of the object that the condition was computed for.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>When <see cref="Status"/> last changed.</summary>
    [Required]
    public DateTimeOffset LastTransitionTime { get; set; }

    /// <summary>A machine-readable reason in CamelCase.</summary>
    [Required, Length(0, 1024)]
    public string Reason { get; set; } = "";

    /// <summary>Why, and what to do, for users.</summary>
    [Required, Length(0, 32768)]
    public string Message { get; set; } = "";
}
