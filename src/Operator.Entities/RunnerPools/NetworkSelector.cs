using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Subnets or security groups, by ids or by tags.</summary>
[ValidationRule("has(self.ids) != has(self.tags)", Message = "give exactly one of ids and tags")]
public sealed class NetworkSelector
{
    /// <summary>Their ids, such as <c>subnet-0123456789abcdef0</c> or <c>sg-0123456789abcdef0</c>; 1 to 16.</summary>
    [Items(1, 16), ListType("set"), Length(11, 24)]
    [Pattern("^(subnet|sg)-[0-9a-f]{8,17}$", "write ids such as subnet-0123456789abcdef0 for subnets and sg-0123456789abcdef0 for security groups")]
    public List<string>? Ids { get; set; }

    /// <summary>Tags that each of them must have; 1 to 20, values of at most 256 characters.</summary>
    [MapItems(1, 20), Length(0, 256)]
    public Dictionary<string, string>? Tags { get; set; }
}
