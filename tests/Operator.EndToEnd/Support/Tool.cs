using System.Diagnostics;

namespace Operator.EndToEnd.Support;

/// <summary>What a command line tool answered.</summary>
/// <param name="ExitCode">Zero if it succeeded.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Error">What it complained of.</param>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output of a run that must have succeeded.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is what it complained of.</exception>
    public string Require() => ExitCode == 0 ? Output : throw new InvalidOperationException($"exit code {ExitCode}\n{Output}\n{Error}");
}

/// <summary>Runs command line tools.</summary>
public static class Tool
{
    /// <summary>Runs a tool to its end.</summary>
    /// <param name="file">The program: a path, or a name that is looked up.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Environment variables beside the inherited ones.</param>
    /// <param name="input">What it reads, if anything.</param>
    /// <param name="directory">Where it runs, if not here.</param>
    public static async Task<ToolResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? input = null,
        string? directory = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ToolResult(process.ExitCode, await output, await error);
    }
}
