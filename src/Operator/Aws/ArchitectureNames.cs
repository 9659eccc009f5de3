namespace Operator.Aws;

/// <summary>Kubernetes and this project say amd64, EC2 says x86_64.</summary>
internal static class ArchitectureNames
{
    /// <summary>EC2's word.</summary>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    public static string ToEc2(string architecture) => architecture == "amd64" ? "x86_64" : architecture;

    /// <summary>Our word, or null for an architecture that runners do not exist for.</summary>
    /// <param name="architecture">EC2's word.</param>
    public static string? FromEc2(string? architecture) => architecture switch
    {
        "x86_64" => "amd64",
        "arm64" => "arm64",
        _ => null,
    };
}
