using System.Text.RegularExpressions;

namespace Operator.Tests.Architecture;

/// <summary>The product's C# files, and the members in them by their lines. It relies on the layout that the build enforces: each brace on a line of its own.</summary>
internal static partial class Source
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Files { get; } =
        [.. Directory.GetFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllLines(path)))];

    public static IReadOnlyList<SourceMember> Members { get; } = [.. Files.SelectMany(file => MembersOf(file.Path, file.Lines))];

    /// <summary>The value below which a share of all is.</summary>
    public static int Percentile(IEnumerable<int> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
    }

    // A member with a body is what opens a brace right inside a type: from the end of what comes before it to its closing brace.
    public static IEnumerable<SourceMember> MembersOf(string path, IReadOnlyList<string> lines)
    {
        var types = new Stack<int>();
        var header = 0;
        for (var line = 0; line < lines.Count; line++)
        {
            var text = lines[line].Trim();
            var indent = lines[line].Length - lines[line].TrimStart().Length;
            if (text == "{")
            {
                var words = string.Join(' ', lines.Skip(header).Take(line - header).Select(part => part.Trim()).Where(part => !part.StartsWith("//", StringComparison.Ordinal)));
                if (TypeHeader().IsMatch(words))
                {
                    types.Push(indent);
                }
                else if (types.TryPeek(out var type) && indent == type + 4)
                {
                    var end = EndOf(lines, line, indent);
                    yield return new(path, words, end - header + 1);
                    line = end;
                }

                header = line + 1;
            }
            else if (text == "}" && types.TryPeek(out var open) && indent == open)
            {
                types.Pop();
                header = line + 1;
            }
            else if (text.Length == 0 || text.EndsWith(';') || text.EndsWith('}') || text.StartsWith("//", StringComparison.Ordinal))
            {
                header = line + 1;
            }
        }
    }

    private static int EndOf(IReadOnlyList<string> lines, int start, int indent)
    {
        var closing = new string(' ', indent) + "}";
        var end = start + 1;
        while (end < lines.Count - 1 && !lines[end].StartsWith(closing, StringComparison.Ordinal))
        {
            end++;
        }

        return end;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Operator.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the tests run outside the repository");
    }

    [GeneratedRegex(@"(^|\s)(class|record|struct|interface|enum)\s+\w", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TypeHeader();
}

/// <summary>One file.</summary>
/// <param name="Path">From the root of the repository.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record SourceFile(string Path, IReadOnlyList<string> Lines);

/// <summary>One member with a body in braces.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Header">What stands before the brace, on one line.</param>
/// <param name="Length">Its lines, header and braces included.</param>
internal sealed record SourceMember(string Path, string Header, int Length);
