using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>Reads user data like cloud-init: scripts, compressed or not.</summary>
internal static class CloudInit
{
    public static string? Read(byte[] userData)
    {
        var text = userData is [0x1f, 0x8b, ..] ? Gunzip(userData) : Encoding.UTF8.GetString(userData);
        return Ec2Launch.IsTasks(text) ? null : text;
    }

    public static string Gunzip(byte[] bytes)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }
}

/// <summary>
/// Reads user data like EC2Launch v2: tasks of version 1.1, one of which is to execute a PowerShell script. The script that it unpacks is returned. Compressed data is
/// unrecognized, as are scripts for another system.
/// </summary>
internal static partial class Ec2Launch
{
    [GeneratedRegex(@"FromBase64String\('(?<packed>[A-Za-z0-9+/=]+)'\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Packed { get; }

    public static string? Read(byte[] userData)
    {
        var text = Encoding.UTF8.GetString(userData);
        if (text.Length == 0)
        {
            return "";
        }

        return IsTasks(text) && text.Contains("task: executeScript", StringComparison.Ordinal) && text.Contains("type: powershell", StringComparison.Ordinal)
            && Packed.Match(text) is { Success: true } match
            ? CloudInit.Gunzip(Convert.FromBase64String(match.Groups["packed"].Value)) : null;
    }

    public static bool IsTasks(string text) => text.StartsWith("version: 1.1\n", StringComparison.Ordinal);
}
