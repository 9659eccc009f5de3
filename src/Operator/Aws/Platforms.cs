namespace Operator.Aws;

/// <summary>Operating systems as EC2 names them: in an image's platform details, in capacity reservations and in prices.</summary>
internal static class Platforms
{
    /// <summary>Linux without further licences.</summary>
    public const string Linux = "Linux/UNIX";

    /// <summary>Windows without SQL Server; its licence is in the price.</summary>
    public const string Windows = "Windows";

    /// <summary>Whether an image's platform details are of Windows, whatever else is licensed on it.</summary>
    public static bool IsWindows(string platform) => platform.StartsWith(Windows, StringComparison.OrdinalIgnoreCase);
}
