using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Operator.Commands;

namespace Operator.Benchmark;

/// <summary><c>compare</c>: fails if a change makes the operator call, write or allocate more for each job.</summary>
internal static class CompareCommand
{
    private static readonly Option<FileInfo[]> Before = Files("--before", "Files that --counts wrote without the change.");
    private static readonly Option<FileInfo[]> After = Files("--after", "Files that --counts wrote with the change.");

    public static Command Create()
    {
        var command = new Command("compare", "Compares counts of two versions; exits with 1 if one has risen by more than a tenth.") { Before, After };
        command.SetAction(parsed =>
        {
            var counts = CountComparison.Compare(Read(parsed.GetValue(Before)!), Read(parsed.GetValue(After)!));
            Console.Out.WriteLine(Write(counts));
            return counts.Any(CountComparison.HasRisen) ? 1 : 0;
        });
        return command;
    }

    private static string Write(IReadOnlyList<ComparedCount> counts) => TextTable.Write(
        [["COUNT", "BEFORE", "AFTER", ""], .. counts.Select(count => (IReadOnlyList<string>)[
            count.Name, count.Before is { } before ? Format(before) : "-", Format(count.After), CountComparison.HasRisen(count) ? "RISEN" : ""])],
        leftColumns: 1,
        gap: "  ");

    private static string Format(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static IReadOnlyList<IReadOnlyDictionary<string, double>> Read(FileInfo[] files) =>
        [.. files.Select(file => JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(file.FullName)) ?? [])];

    private static Option<FileInfo[]> Files(string name, string description) =>
        new Option<FileInfo[]>(name) { Description = description, Required = true, AllowMultipleArgumentsPerToken = true }.AcceptExistingOnly();
}
