using System.CommandLine;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>Options shared by commands that generate files: print, write, or check.</summary>
internal sealed class GeneratedFiles(string command)
{
    public Option<DirectoryInfo?> Output { get; } = new("--output")
    {
        Description = "Directory for the files; defaults to standard output.",
    };

    public Option<DirectoryInfo?> Check { get; } = new("--check")
    {
        Description = "Compare with the files in this directory; exit code 1 on any difference.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command target)
    {
        target.Options.Add(Output);
        target.Options.Add(Check);
        target.Validators.Add(result =>
        {
            if (result.GetResult(Output) is not null && result.GetResult(Check) is not null)
            {
                result.AddError("Give --output or --check, not both.");
            }
        });
    }

    /// <summary>Does what the options request, and returns the exit code.</summary>
    public async Task<int> HandleAsync(IReadOnlyDictionary<string, string> files, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Check) is { } existing)
        {
            return await CompareAsync(files, existing, parsed.InvocationConfiguration.Error, cancellationToken);
        }

        if (parsed.GetValue(Output) is { } directory)
        {
            await OutputFile.WriteAsync(directory, () => WriteAsync(files, directory, cancellationToken));
        }
        else
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(string.Join("---\n", files.Values));
        }

        return 0;
    }

    private static async Task WriteAsync(IReadOnlyDictionary<string, string> files, DirectoryInfo directory, CancellationToken cancellationToken)
    {
        directory.Create();
        foreach (var (name, text) in files)
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), text, cancellationToken);
        }
    }

    private async Task<int> CompareAsync(
        IReadOnlyDictionary<string, string> files, DirectoryInfo directory, TextWriter errors, CancellationToken cancellationToken)
    {
        var exitCode = 0;
        foreach (var (name, text) in files)
        {
            var file = Path.Combine(directory.FullName, name);
            if (!File.Exists(file) || await File.ReadAllTextAsync(file, cancellationToken) != text)
            {
                await errors.WriteLineAsync($"{file} is not up to date; run: operator {command} --output {directory}");
                exitCode = 1;
            }
        }

        return exitCode;
    }
}

/// <summary>Writes to a location chosen by the user.</summary>
internal static class OutputFile
{
    /// <summary>Runs a write; a failure names the location.</summary>
    /// <exception cref="CommandException">It cannot be written to.</exception>
    public static async Task WriteAsync(FileSystemInfo place, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--output: cannot write to {place.FullName}{(Directory.Exists(place.FullName) && place is FileInfo ? ": it is a directory" : $": {e.Message}")}");
        }
    }
}
