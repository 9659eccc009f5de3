using System.Text.Json.Nodes;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Images;

/// <summary>The notices of third parties, as the image has them.</summary>
public sealed class NoticesTests
{
    private static readonly string Script = Repository.PathOf("scripts/notices");

    [Fact]
    public async Task EachShippedPackage_HasItsLicenceAndText()
    {
        var dependencies = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "operator.deps.json")))!["libraries"]!.AsObject();
        var packages = dependencies.Where(library => library.Value!["type"]!.GetValue<string>() == "package").Select(library => library.Key.Replace('/', ' ')).ToList();

        var notices = (await Tool.RunAsync("sh", [Script, AppContext.BaseDirectory])).Require().Split('\n');

        Assert.True(packages.Count > 5);
        Assert.All(packages, package =>
        {
            var licence = notices[Array.IndexOf(notices, package) + 1];
            Assert.StartsWith("Licence: ", licence, StringComparison.Ordinal);
            Assert.Contains(licence["Licence: ".Length..], notices); // the heading of its text
        });
        Assert.Contains(notices, line => line.Contains("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION", StringComparison.Ordinal));
        Assert.Contains(notices, line => line.Contains("Permission is hereby granted, free of charge", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PackageUnderAnUnknownLicence_IsRefused()
    {
        var folder = Directory.CreateTempSubdirectory("notices").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "some.package", "1.0.0"));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "some.package", "1.0.0", "some.package.nuspec"), """<package><metadata><license type="expression">GPL-3.0-only</license></metadata></package>""");
        await File.WriteAllTextAsync(Path.Combine(folder, "operator.deps.json"), """
            {
              "libraries": {
                "Some.Package/1.0.0": {
                  "type": "package"
                }
              }
            }
            """);

        var result = await Tool.RunAsync("sh", [Script, folder], new Dictionary<string, string> { ["NUGET_PACKAGES"] = folder });

        Directory.Delete(folder, recursive: true);
        Assert.Equal((1, "notices: Some.Package 1.0.0: no text of the licence 'GPL-3.0-only' in eng/licenses\n"), (result.ExitCode, result.Error));
    }
}
