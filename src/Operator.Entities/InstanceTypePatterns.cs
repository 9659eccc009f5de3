using Operator.Entities.Kubernetes;

namespace Operator.Entities;

/// <summary>Acceptable instance types. In a pattern, <c>*</c> stands for any characters and <c>?</c> for one.</summary>
public sealed class InstanceTypePatterns
{
    /// <summary>
    /// Patterns of which one must match, such as <c>c*</c> or <c>m7g.large</c>; at most 50. Absent means the families <c>c*</c>, <c>m*</c>
    /// and <c>r*</c>, or every family if accelerators are requested. Burstable types are used only if named here.
    /// </summary>
    [Items(1, 50), ListType("set"), Length(1, 30), Pattern(SchemaPatterns.InstanceTypes, SchemaMessages.InstanceTypes)]
    public List<string>? Allowed { get; set; }

    /// <summary>Patterns of which none may match, such as <c>*.metal</c>; at most 50. They take precedence over <see cref="Allowed"/>.</summary>
    [Items(0, 50), ListType("set"), Length(1, 30), Pattern(SchemaPatterns.InstanceTypes, SchemaMessages.InstanceTypes)]
    public List<string>? Excluded { get; set; }
}
