using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>Minimum resources of a lease's machine, overriding those of the ResourceClass.</summary>
[ValidationRule("has(self.cpu) || has(self.memory) || has(self.disk)", Message = "resources: give cpu, memory or disk")]
public sealed class LeaseResources
{
    /// <summary>Virtual CPUs, 1 to 1024.</summary>
    [RangeMinimum(1), RangeMaximum(1024)]
    public int? Cpu { get; set; }

    /// <summary>Memory as a quantity, such as <c>32Gi</c>.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Memory { get; set; }

    /// <summary>Size of the root volume as a quantity, such as <c>200Gi</c>.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Disk { get; set; }
}
