namespace Operator.Aws.Offerings;

/// <summary>
/// What is too large or too expensive for a requirement even in a shortage, relative to the cheapest type that satisfies it and independent
/// of what is currently exhausted. Pure.
/// </summary>
/// <param name="Price">Maximum on-demand price, US dollars an hour; null if no price is known. Also applies to spot, whose prices fluctuate.</param>
/// <param name="VCpus">Maximum number of virtual CPUs.</param>
internal sealed record OfferingBound(decimal? Price, int VCpus)
{
    /// <summary>The schema's default: allows machines one or two sizes larger, and newer generations.</summary>
    public const decimal DefaultFactor = 3;

    /// <summary>A cheap type may always be four times as large.</summary>
    private const decimal LeastVCpuFactor = 4;

    /// <summary>Computes the bound of a need.</summary>
    /// <param name="matching">All types that meet it where it may be launched, cheapest first.</param>
    /// <param name="factor">How many times the price of the cheapest.</param>
    /// <param name="priceOf">The on-demand price of a type, where known.</param>
    public static OfferingBound Compute(IReadOnlyList<InstanceTypeInfo> matching, decimal factor, Func<string, decimal?> priceOf)
    {
        if (matching is not [var cheapest, ..])
        {
            return new(Price: null, 0);
        }

        // Relative to the smallest type: an unusual type may be the cheapest and have many CPUs. The cheapest itself is always allowed.
        var vCpus = Math.Min(matching.Min(type => type.VCpus) * Math.Max(factor, LeastVCpuFactor), int.MaxValue);
        return new(priceOf(cheapest.Name) * factor, Math.Max(cheapest.VCpus, (int)vCpus));
    }

    /// <summary>Whether a type is within the bound; without a known price its size decides.</summary>
    public bool Allows(InstanceTypeInfo type, Func<string, decimal?> priceOf) =>
        type.VCpus <= VCpus && (Price is not { } most || priceOf(type.Name) is not { } price || price <= most);
}
