namespace Operator.EndToEnd.OfficialClients;

/// <summary>A test that needs node 20 or newer and npm; skipped, visibly, where they are not installed.</summary>
public sealed class NodeFactAttribute : FactAttribute
{
    private const int OldestNode = 20;
    private static readonly string? Missing = FindMissing();

    public NodeFactAttribute()
    {
        Skip = Missing;
    }

    private static string? FindMissing()
    {
        if (Version("node") is not { } node)
        {
            return "node is not installed";
        }

        if (!int.TryParse(node.TrimStart('v').Split('.')[0], out var major) || major < OldestNode)
        {
            return $"node {node.Trim()} is older than {OldestNode}";
        }

        return Version("npm") is null ? "npm is not installed" : null;
    }

    private static string? Version(string program)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo(program, "--version")
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    UseShellExecute = false,
                })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
