namespace Operator.Tests.Architecture;

/// <summary>The list of bugs that <c>scripts/mutants</c> seeds keeps up with the code, so that the check itself does not rot.</summary>
public sealed class MutantsTests
{
    private static readonly string[] Keys = ["bug", "file", "old", "new", "tests"];

    public static TheoryData<string> Names => [.. Mutants.Select(mutant => mutant["bug"])];

    private static List<IReadOnlyDictionary<string, string>> Mutants { get; } = Read();

    [Fact]
    public void List_OfMutants_IsCompleteAndNamesEachOnce()
    {
        Assert.True(Mutants.Count >= 25, $"{Mutants.Count}");
        Assert.All(Mutants, mutant => Assert.Equal(Keys, mutant.Keys));
        Assert.Equal(Mutants.Count, Mutants.Select(mutant => mutant["bug"]).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mutant_OfTheList_StillApplies(string name)
    {
        var mutant = Mutants.Single(one => one["bug"] == name);
        var text = File.ReadAllText(Path.Combine(Source.Root, mutant["file"]));

        Assert.Equal(1, text.Split(mutant["old"]).Length - 1);
        Assert.NotEqual(mutant["old"], mutant["new"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mutant_OfTheList_NamesTestsThatExist(string name)
    {
        var tests = Mutants.Single(one => one["bug"] == name)["tests"].Split(' ');
        var classes = Directory.GetFiles(Path.Combine(Source.Root, "tests", tests[0]), "*.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet();

        Assert.NotEmpty(tests[1..]);
        Assert.All(tests[1..], test => Assert.Contains(test, classes));
    }

    // A line each for a key and its value; a bug begins with its name.
    private static List<IReadOnlyDictionary<string, string>> Read()
    {
        List<IReadOnlyDictionary<string, string>> mutants = [];
        Dictionary<string, string> last = [];
        foreach (var line in File.ReadLines(Path.Combine(Source.Root, "scripts/mutants.txt")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var (key, value) = line.Split(": ", 2) is [var one, var other] ? (one, other) : throw new FormatException(line);
            if (key == "bug")
            {
                mutants.Add(last = []);
            }

            last.Add(key, value);
        }

        return mutants;
    }
}
