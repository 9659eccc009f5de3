namespace Operator.Scenarios;

/// <summary>What the pages for those who move say that a pool becomes is a pool.</summary>
public sealed class MigratingTests
{
    public static TheoryData<string> Pages => new(Directory.GetFiles(Folder(), "*.md").Select(file => Path.GetFileName(file)!));

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Manifests_OfThePage_AreAccepted(string page)
    {
        await using var scenario = await Scenario.StartAsync();
        var blocks = (await File.ReadAllTextAsync(Path.Combine(Folder(), page))).Split("```yaml\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])
            .Where(block => block.Contains("apiVersion: ec2runners.dev/", StringComparison.Ordinal)).ToList();

        blocks.ForEach(scenario.World.Apply);

        Assert.Equal(blocks.Count, scenario.World.Kubernetes.Objects.List("runnerpools", "default").Count);
        Assert.True(blocks.Count > 0 || page == "machulav.md", "a page has an example");
    }

    private static string Folder()
    {
        var folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "docs", "migrating")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside of the repository");
        }

        return Path.Combine(folder, "docs", "migrating");
    }
}
