using System.Diagnostics;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Monitoring;

/// <summary>A fact that a Python module decides; skipped where the module is absent.</summary>
public sealed class PythonFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where it cannot be tried.</summary>
    /// <param name="module">The module's name.</param>
    public PythonFactAttribute(string module)
    {
        if (!CanImport(module))
        {
            Skip = $"Python has no {module}: scripts/install-test-tools";
        }
    }

    private static bool CanImport(string module)
    {
        if (Tool.Find("python3") is null)
        {
            return false;
        }

        using var python = Process.Start(new ProcessStartInfo("python3", ["-c", $"import {module}"]) { RedirectStandardError = true })!;
        python.WaitForExit();
        return python.ExitCode == 0;
    }
}
