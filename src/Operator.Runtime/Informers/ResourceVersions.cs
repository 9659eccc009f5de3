namespace Operator.Runtime.Informers;

/// <summary>
/// Resource versions are opaque in general, but those of one kind are increasing decimal numbers (guaranteed since Kubernetes 1.35, and
/// common practice before). Anything else is not compared.
/// </summary>
internal static class ResourceVersions
{
    /// <summary>Compares two versions; null if they are not comparable.</summary>
    public static int? Compare(string? left, string? right)
    {
        if (!IsNumber(left) || !IsNumber(right))
        {
            return null;
        }

        // Without leading zeros the longer number is larger, so any size compares without parsing.
        return left!.Length != right!.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);
    }

    public static bool IsNewer(string? left, string? than) => Compare(left, than) > 0;

    private static bool IsNumber(string? version) =>
        version is { Length: > 0 } && version.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;
}
