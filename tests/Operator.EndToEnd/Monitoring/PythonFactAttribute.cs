using System.Diagnostics;

namespace Operator.EndToEnd.Monitoring;

/// <summary>A fact that a Python module of the distribution decides; skipped where the module is absent.</summary>
public sealed class PythonFactAttribute : FactAttribute
{
    /// <summary>The distribution's own Python, which has its packages; another one may come before it on the PATH.</summary>
    public const string Interpreter = "/usr/bin/python3";

    /// <summary>Skips the fact where it cannot be tried.</summary>
    /// <param name="module">The module's name.</param>
    public PythonFactAttribute(string module)
    {
        if (!CanImport(module))
        {
            Skip = $"{Interpreter} has no {module}: scripts/install-test-tools";
        }
    }

    private static bool CanImport(string module)
    {
        if (!File.Exists(Interpreter))
        {
            return false;
        }

        using var python = Process.Start(new ProcessStartInfo(Interpreter, ["-c", $"import {module}"]) { UseShellExecute = false, RedirectStandardError = true })!;
        python.WaitForExit();
        return python.ExitCode == 0;
    }
}
