namespace Operator.Aws.Offerings;

/// <summary>
/// What is too large or too expensive for a requirement, even in a shortage: measured by the cheapest type that satisfies it, and never by what happens to be
/// exhausted. Pure.
/// </summary>
/// <param name="Price">US dollars an hour at most, on demand; null when no price is known. Spot is bounded by the same: its prices move.</param>
/// <param name="VCpus">Virtual CPUs at most.</param>
internal sealed record OfferingBound(decimal? Price, int VCpus)
{
    /// <summary>The schema's default: a machine of the next size or two, and of a better generation.</summary>
    public const decimal DefaultFactor = 3;

    /// <summary>A cheap type may still be four times as large.</summary>
    private const decimal LeastVCpuFactor = 4;

    /// <summary>The bound of a need.</summary>
    /// <param name="matching">All types that meet it where it may be launched, cheapest first.</param>
    /// <param name="factor">How many times the price of the cheapest.</param>
    /// <param name="priceOf">The on-demand price of a type, where known.</param>
    public static OfferingBound Compute(IReadOnlyList<InstanceTypeInfo> matching, decimal factor, Func<string, decimal?> priceOf)
    {
        if (matching is not [var cheapest, ..])
        {
            return new(Price: null, 0);
        }

        // By the smallest: an odd type may be the cheapest and have many CPUs. The cheapest itself is always within.
        var vCpus = Math.Min(matching.Min(type => type.VCpus) * Math.Max(factor, LeastVCpuFactor), int.MaxValue);
        return new(priceOf(cheapest.Name) * factor, Math.Max(cheapest.VCpus, (int)vCpus));
    }

    /// <summary>Whether a type is within; one of unknown price is judged by its size.</summary>
    public bool Allows(InstanceTypeInfo type, Func<string, decimal?> priceOf) =>
        type.VCpus <= VCpus && (Price is not { } most || priceOf(type.Name) is not { } price || price <= most);
}
