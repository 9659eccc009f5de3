namespace Operator.Runtime.Informers;

/// <summary>
/// Resource versions are opaque to most, but ones of the same kind are decimal numbers that grow (a promise since Kubernetes
/// 1.35, the practice before). What does not look like that is not compared.
/// </summary>
internal static class ResourceVersions
{
    /// <summary>Compares two versions, or says null when they cannot be compared.</summary>
    public static int? Compare(string? left, string? right)
    {
        if (!IsNumber(left) || !IsNumber(right))
        {
            return null;
        }

        // Without leading zeros the longer number is the larger one; so any size compares without parsing.
        return left!.Length != right!.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);
    }

    public static bool IsNewer(string? left, string? than) => Compare(left, than) > 0;

    private static bool IsNumber(string? version) =>
        version is { Length: > 0 } && version.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;
}
