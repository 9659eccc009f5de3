using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Operator.EndToEnd.Support;

/// <summary>The binaries of a real control plane, if there are any without download or build.</summary>
public static partial class ControlPlaneBinaries
{
    /// <summary>Path of <c>scripts/test-control-plane</c>.</summary>
    public static string Script { get; } = Repository.PathOf("scripts/test-control-plane");

    /// <summary>Their folder, or null when there are none.</summary>
    public static string? Folder { get; } = Ask(Script, "find");

    /// <summary>The minor version of the API server: 36 for Kubernetes 1.36; 0 when there is none.</summary>
    public static int MinorVersion { get; } = FindMinorVersion();

    private static int FindMinorVersion() =>
        Folder is not null && Version().Match(Ask(Path.Combine(Folder, "kube-apiserver"), "--version") ?? "") is { Success: true } match
            ? int.Parse(match.Groups["minor"].ValueSpan)
            : 0;

    private static string? Ask(string file, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo(file, argument) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var answer = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? answer : null;
    }

    [GeneratedRegex(@"v1\.(?<minor>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}
