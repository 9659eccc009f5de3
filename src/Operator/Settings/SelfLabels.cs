using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Labels by which a runner describes its machine. Pure.</summary>
internal static class SelfLabels
{
    /// <summary>The machine was bought on the spot market.</summary>
    public const string Spot = "computetype-spot";

    /// <summary>The machine was bought on demand.</summary>
    public const string OnDemand = "computetype-ondemand";

    /// <summary>The labels of a lease's runner; none before its machine is known.</summary>
    public static IEnumerable<string> For(V1Alpha1RunnerLease lease, PoolSettings pool) => lease.Status?.Instance is { } machine
        ? pool.SelfLabels.Select(label => label switch
        {
            SelfLabel.UsageClass => machine.UsageClass is { } bought ? (bought == WireNames.Format(UsageClass.Spot) ? Spot : OnDemand) : null,
            SelfLabel.Architecture => pool.Architecture is { } architecture ? $"arch-{architecture}" : null,
            SelfLabel.InstanceType => machine.Type is { } type ? $"type-{type}" : null,
            _ => machine.Zone is { } zone ? $"zone-{zone}" : null,
        }).OfType<string>()
        : [];
}
