namespace Operator.Simulator.Aws.Ec2.InstanceTypes;

/// <summary>
/// Spot prices as a share of the on-demand price: each (type, zone) has a level of its own and moves around it in steps, the
/// same way on every run. Real prices are not published with the catalogue, and differ and move much like this.
/// </summary>
public sealed record SpotPriceModel
{
    /// <summary>Start of the randomness.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Least usual share of the on-demand price.</summary>
    public double LowestLevel { get; init; } = 0.25;

    /// <summary>Greatest usual share of the on-demand price.</summary>
    public double HighestLevel { get; init; } = 0.55;

    /// <summary>How far a price moves from its level, as a share of the level.</summary>
    public double Swing { get; init; } = 0.15;

    /// <summary>How long a price is valid.</summary>
    public TimeSpan HoldsFor { get; init; } = TimeSpan.FromHours(2);

    /// <summary>The price in force.</summary>
    /// <param name="instanceType">Name of the type.</param>
    /// <param name="zone">Name of the zone.</param>
    /// <param name="onDemandPrice">The type's on-demand price, US dollars an hour.</param>
    /// <param name="at">When.</param>
    /// <returns>US dollars an hour and since when.</returns>
    public (decimal Price, DateTimeOffset Since) At(string instanceType, string zone, decimal onDemandPrice, DateTimeOffset at)
    {
        // Prices do not all change at the same moment.
        var offset = (long)(Uniform($"{instanceType}/{zone}/offset") * HoldsFor.Ticks);
        var step = (at.UtcTicks + offset) / HoldsFor.Ticks;
        var level = LowestLevel + ((HighestLevel - LowestLevel) * Uniform($"{instanceType}/{zone}"));
        var move = 1 + (Swing * ((2 * Uniform($"{instanceType}/{zone}/{step}")) - 1));
        var since = new DateTimeOffset((step * HoldsFor.Ticks) - offset, TimeSpan.Zero);
        return (decimal.Round(onDemandPrice * (decimal)(level * move), 6), since);
    }

    // FNV-1a with a final mix: string.GetHashCode differs from process to process.
    private double Uniform(string key)
    {
        var hash = 14695981039346656037UL ^ (uint)Seed;
        foreach (var character in key)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        return (hash >> 11) / (double)(1UL << 53);
    }
}
