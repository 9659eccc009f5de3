using System.Diagnostics;

namespace Operator.EndToEnd.Support;

/// <summary>A fact that a JavaScript suite of the tests checks; skipped, visibly, where node or npm is not there.</summary>
public sealed class NodeFactAttribute : FactAttribute
{
    private const int OldestNode = 20;
    private static readonly string? Missing = FindMissing();

    /// <summary>Skips the fact where it cannot be tried.</summary>
    /// <param name="onControlPlane">Whether it runs against a real control plane.</param>
    public NodeFactAttribute(bool onControlPlane = false)
    {
        OnControlPlane = onControlPlane;
        Skip = (onControlPlane ? ControlPlaneSource.SkipReason : null) ?? Missing;
    }

    /// <summary>Whether it runs against a real control plane.</summary>
    public bool OnControlPlane { get; }

    private static string? FindMissing()
    {
        if (Programs.Find("node") is not { } node || Programs.Find("npm") is null)
        {
            return "needs node and npm";
        }

        // A version manager may leave a program on the PATH that only says it is not installed.
        using var process = Process.Start(new ProcessStartInfo(node, "--version") { UseShellExecute = false, RedirectStandardOutput = true })!;
        var version = process.StandardOutput.ReadToEnd().Trim();
        return int.TryParse(version.TrimStart('v').Split('.')[0], out var major) && major >= OldestNode
            ? null
            : $"needs node {OldestNode} or newer, this is '{version}'";
    }
}
