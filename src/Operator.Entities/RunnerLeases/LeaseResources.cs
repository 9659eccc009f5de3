using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;

namespace Operator.Entities.RunnerLeases;

/// <summary>What a lease's machine must have instead of what the ResourceClass says, at least.</summary>
[ValidationRule("has(self.cpu) || has(self.memory) || has(self.disk) || has(self.architecture) || has(self.image)", Message = "resources: give cpu, memory, disk, architecture or image")]
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

    /// <summary>Processor architecture, <c>amd64</c> or <c>arm64</c>.</summary>
    [ValidationRule("self != 'any'", Message = "resources.architecture: write amd64 or arm64")]
    public Architecture? Architecture { get; set; }

    /// <summary>The name of one of the pool's <c>launch.images</c>.</summary>
    [Length(1, 40), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? Image { get; set; }
}
