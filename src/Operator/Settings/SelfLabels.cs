using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Labels by which a runner describes its machine. Pure.</summary>
internal static class SelfLabels
{
    /// <summary>The machine was bought on the spot market.</summary>
    public const string Spot = "computetype-spot";

    /// <summary>That it was bought on demand, or is reserved.</summary>
    public const string OnDemand = "computetype-ondemand";

    /// <summary>That it is in reserved capacity.</summary>
    public const string Reserved = "computetype-reserved";

    /// <summary>The labels of a lease's runner; none before its machine is known.</summary>
    public static IEnumerable<string> For(V1Alpha1RunnerLease lease, PoolSettings pool) => lease.Status?.Instance is { } machine
        ? pool.SelfLabels.SelectMany<SelfLabel, string>(label => label switch
        {
            SelfLabel.UsageClass => OfUsageClass(machine.UsageClass),
            SelfLabel.Architecture => (machine.Architecture ?? pool.Architecture) is { } architecture and not "any" ? [$"arch-{architecture}"] : [],
            SelfLabel.InstanceType => machine.Type is { } type ? [$"type-{type}"] : [],
            _ => machine.Zone is { } zone ? [$"zone-{zone}"] : [],
        })
        : [];

    // EC2 takes none of the latter two back: a job that asks for on demand may run on either.
    private static string[] OfUsageClass(string? bought) => bought switch
    {
        null => [],
        "spot" => [Spot],
        "reserved" => [OnDemand, Reserved],
        _ => [OnDemand],
    };
}
