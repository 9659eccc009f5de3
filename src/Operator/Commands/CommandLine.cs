using System.CommandLine;
using System.CommandLine.Invocation;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>Runs a command line. Failures are reported as one line on standard error with exit code 2, for all commands.</summary>
internal static class CommandLine
{
    /// <summary>The exit code of a command that could not run.</summary>
    public const int Failed = 2;

    private const int Interrupted = 130;

    /// <summary>Parses and runs.</summary>
    /// <param name="root">The program's commands.</param>
    /// <param name="arguments">The user's arguments.</param>
    /// <param name="output">Standard output; null for the process's own.</param>
    /// <param name="errors">Standard error; null for the process's own.</param>
    /// <param name="cancellationToken">Ends it, as Ctrl-C does.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        RootCommand root, IReadOnlyList<string> arguments, TextWriter? output = null, TextWriter? errors = null, CancellationToken cancellationToken = default)
    {
        errors ??= Console.Error;
        UseOwnVersion(root);
        try
        {
            var parsed = root.Parse(arguments);
            if (parsed.Errors.Count > 0)
            {
                await errors.WriteLineAsync($"error: {await ProblemAsync(parsed)}");
                return Failed;
            }

            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output ?? Console.Out, Error = errors }, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception e)
        {
            await errors.WriteLineAsync(ExpectedErrors.TextOf(e) is { } text ? $"error: {text.ReplaceLineEndings(" ")}" : $"error: this is a bug: {e}");
            return Failed;
        }
    }

    // The library's own text, including suggestions for typos, without the help pages that follow it.
    private static async Task<string> ProblemAsync(ParseResult parsed)
    {
        var text = new StringWriter();
        if (parsed.Action is ParseErrorAction action)
        {
            action.ShowHelp = false;
            await parsed.InvokeAsync(new InvocationConfiguration { Output = text, Error = text });
        }

        var suggestion = parsed.UnmatchedTokens is [var slip, ..]
            ? text.ToString().Split("\n\n").FirstOrDefault(part => part.StartsWith($"'{slip}'", StringComparison.Ordinal)) : null;
        var problem = (suggestion ?? parsed.Errors[^1].Message).Trim().ReplaceLineEndings(" ");
        return $"{problem}{(problem.EndsWith('.') ? "" : ";")} see {NameOf(parsed.CommandResult)} --help";
    }

    private static string NameOf(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{NameOf(parent)} {command.Command.Name}" : command.Command.Name;

    private static void UseOwnVersion(RootCommand root)
    {
        foreach (var option in root.Options.OfType<VersionOption>())
        {
            option.Action = new PrintVersion();
        }
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(OperatorVersion.Number);
            return 0;
        }
    }
}
