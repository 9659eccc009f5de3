using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>A line of prose, and what is wrong with it.</summary>
internal static partial class Prose
{
    private const int Longest = 120;

    /// <summary>Words and phrases to avoid, and what to write.</summary>
    private static readonly (Regex Pattern, string Instead)[] Avoided =
    [
        .. new (string Pattern, string Instead)[]
        {
            // Filler: the sentence says the same without it.
            ("simply|obviously|easily|basically|actually|of course|please note|note that|in order to", "leave it out, or 'to'"),
            (@"just(?![- ](in[- ]time|before|after))", "leave it out, or 'only'"),
            ("utili[sz]e[sd]?|leverages?", "use"),

            // Latin.
            (@"e\.g\.|i\.e\.|etc\.|resp\.|via", "such as, that is, and so on, or, through"),

            // Phrases that read as a translation.
            ("whoever|whosoever|whomever", "anyone who, or name who it is"),
            ("nobody|somebody|anybody", "no one, someone else, anyone, or name who it is"),
            ("shall", "must, or the plain present"),
            ("thereby|hereby|thereof|therein|wherein|heretofore", "say what with its name"),
            ("anew|once more", "again"),
            ("in vain", "without success"),
            ("belongs? into|allows? to|enables? to|informations|the like", "belongs in, lets you, information, such"),
            ("(is|are|was|were) (wanted|told)( of)?(?! to)", "say who asks or tells whom"),
            ("tells? of|told of|heard of", "reports"),
            ("gives? back|given back|gave back", "returns, releases"),
            ("of now|of today(?!'s)|as of now", "current"),
            ("(is|are) to (be|go|come|stay)", "must be, will, or the plain present"),
            ("there (is|are) none", "it does not exist, or 'none'"),
            ("goes out of|comes through", "leaves, succeeds"),
        }.Select(word => (new Regex($@"(?<![\w`./-])({word.Pattern})(?![\w`-])", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), word.Instead)),
    ];

    /// <summary>Problems of a page of Markdown, each with its line number.</summary>
    /// <param name="page">The page.</param>
    public static IEnumerable<string> ProblemsOfPage(string page)
    {
        var isCode = false;
        var lines = File.ReadAllLines(Repository.PathOf(page));
        for (var index = 0; index < lines.Length; index++)
        {
            var line = lines[index];
            if (Fence().IsMatch(line))
            {
                isCode = !isCode;
            }
            else if (!isCode)
            {
                var next = index + 1 < lines.Length ? lines[index + 1] : "";
                foreach (var problem in ProblemsOf(line, next, isTable: line.TrimStart() is ['|', ..] or ['!', '[', ..]))
                {
                    yield return $"{page}:{index + 1}: {problem}";
                }
            }
        }
    }

    /// <summary>Problems of the comments in a YAML file.</summary>
    /// <param name="file">The file.</param>
    public static IEnumerable<string> ProblemsOfComments(string file) =>
        File.ReadLines(Repository.PathOf(file)).Select((line, index) => (Comment: Comment().Match(line), Line: line, Number: index + 1))
            .Where(found => found.Comment.Success)
            .SelectMany(found => ProblemsOf(found.Comment.Groups["text"].Value, "", isTable: false)
                .Concat(found.Line.Length > Longest && !found.Line.Contains("://", StringComparison.Ordinal) ? [$"{found.Line.Length} characters"] : [])
                .Select(problem => $"{file}:{found.Number}: {problem}"));

    private static IEnumerable<string> ProblemsOf(string line, string next, bool isTable)
    {
        var text = Code().Replace(line, "`code`");
        if (line.Length > Longest && !isTable && !line.Contains("://", StringComparison.Ordinal))
        {
            yield return $"{line.Length} characters, at most {Longest}";
        }

        foreach (var (pattern, instead) in Avoided)
        {
            if (pattern.Match(text) is { Success: true } found)
            {
                yield return $"'{found.Value}': {instead}";
            }
        }

        // A word may be doubled across the end of a line.
        if (Doubled().Match($"{text} {FirstWord().Match(next).Value}") is { Success: true } doubled)
        {
            yield return $"'{doubled.Value}': twice the same word";
        }

        if (Heading().Match(line) is { Success: true } heading)
        {
            foreach (var problem in ProblemsOfHeading(heading.Groups["text"].Value))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> ProblemsOfHeading(string heading)
    {
        if (heading[^1] is '.' or ':' or '!')
        {
            yield return $"heading '{heading}' ends with a '{heading[^1]}'";
        }

        if (char.IsLower(heading[0]) && !Identifier().IsMatch(heading))
        {
            yield return $"heading '{heading}' begins with a small letter";
        }

        // Names have capitals, but not all words after the first one.
        var words = Word().Matches(Code().Replace(heading, "code").Replace("Actions Runner Controller", "it", StringComparison.Ordinal))
            .Select(match => match.Value).Skip(1).Where(word => word.Length > 3).ToList();
        if (words.Count > 1 && words.TrueForAll(word => char.IsUpper(word[0])))
        {
            yield return $"heading '{heading}' is in title case";
        }
    }

    [GeneratedRegex(@"^ *```", RegexOptions.None, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`]+`", RegexOptions.None, 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"\b(?<word>[a-z]+) +\k<word>\b(?!-)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Doubled();

    [GeneratedRegex(@"^ *\w+", RegexOptions.None, 1000)]
    private static partial Regex FirstWord();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(kubectl|ec2runners)\b|^\w*[A-Z]|^\S*-", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"[A-Za-z][\w-]*", RegexOptions.None, 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"(^|\s)# ?(-- )?(?<text>\S.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comment();
}
