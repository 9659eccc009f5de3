namespace Operator.Aws;

/// <summary>Operating systems as EC2 names them: in an image's platform details, in capacity reservations and in prices.</summary>
internal static class Platforms
{
    /// <summary>Linux without further licences.</summary>
    public const string Linux = "Linux/UNIX";
}
