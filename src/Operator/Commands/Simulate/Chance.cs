namespace Operator.Commands.Simulate;

/// <summary>Chance that is the same on every run: SplitMix64 of a seed and a number.</summary>
internal static class Chance
{
    /// <summary>A number from 0 to 1, without 1.</summary>
    /// <param name="seed">Start of the randomness.</param>
    /// <param name="number">Which number.</param>
    public static double Uniform(int seed, long number)
    {
        var mixed = unchecked(((ulong)(uint)seed << 32) + ((ulong)number * 0x9E3779B97F4A7C15UL) + 0x9E3779B97F4A7C15UL);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL);
        return ((mixed ^ (mixed >> 31)) >> 11) / (double)(1UL << 53);
    }

    /// <summary>The hours until something happens that happens so often in an hour on average.</summary>
    public static double Hours(int seed, long number, double perHour) => -Math.Log(1 - Uniform(seed, number)) / perHour;
}
