using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;

namespace Operator.Entities.RunnerPools;

/// <summary>
/// What jobs may choose about their machine, with labels such as <c>cpu=8</c> in <c>runs-on</c>, and leases with <c>spec.resources</c>.
/// </summary>
public sealed class JobOverridesSpec
{
    /// <summary>Maximum number of virtual CPUs for <c>cpu=N</c>, 1 to 1024. Absent means that it may not be used.</summary>
    [RangeMinimum(1), RangeMaximum(1024)]
    public int? MaxCpu { get; set; }

    /// <summary>Maximum memory for labels such as <c>memory=32Gi</c>. Absent means that they may not be used.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? MaxMemory { get; set; }

    /// <summary>Maximum root volume for labels such as <c>disk=200Gi</c>. Absent means that they may not be used.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? MaxDisk { get; set; }

    /// <summary>Whether <c>spot=true</c> and <c>spot=false</c> choose the usage class. Defaults to false.</summary>
    public bool? Spot { get; set; }

    /// <summary>The architectures that <c>arch=arm64</c> or <c>arch=amd64</c> may ask for. Absent means that it may not be used.</summary>
    [Items(1, 2), ListType("set")]
    [ValidationRule("self.all(one, one != 'any')", Message = "jobOverrides.architectures: list amd64, arm64 or both")]
    public List<Architecture>? Architectures { get; set; }

    /// <summary>The images that <c>image=name</c> may ask for, by their names in <c>launch.images</c>; at most 20. Absent means that it may not be used.</summary>
    [Items(1, 20), ListType("set"), Length(1, 40), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public List<string>? Images { get; set; }

    /// <summary>
    /// Whether leases may bring a <c>preRunnerScript</c> of their own. It runs as root: who may bring one can do whatever the machine's role can. Defaults to false.
    /// </summary>
    public bool? PreRunnerScript { get; set; }
}
