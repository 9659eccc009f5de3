namespace Operator.Aws;

/// <summary>Maps the architecture names of Kubernetes and this project (amd64) to EC2's (x86_64).</summary>
internal static class ArchitectureNames
{
    /// <summary>EC2's name.</summary>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    public static string ToEc2(string architecture) => architecture == "amd64" ? "x86_64" : architecture;

    /// <summary>This project's name; null for an architecture without runners.</summary>
    /// <param name="architecture">EC2's name.</param>
    public static string? FromEc2(string? architecture) => architecture switch
    {
        "x86_64" => "amd64",
        "arm64" => "arm64",
        _ => null,
    };
}
