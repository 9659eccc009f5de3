using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Generated;

/// <summary>Templates that make images run the script that machines run.</summary>
public sealed partial class MachineImageTests
{
    [GeneratedRegex("^(?<depth> *)(packer|metadata_options) {\n.*?^\\k<depth>}\n", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Newer { get; }

    private const int MostOfComponent = 16_000;

    [Fact]
    public void ImageBuilder_HoldsTheScript_AndFitsIntoAComponent()
    {
        var lines = File.ReadAllLines(Repository.PathOf("images/image-builder.yaml"));
        var (begin, end) = (Array.FindIndex(lines, line => line.Trim() == "# BEGIN setup.sh"), Array.FindIndex(lines, line => line.Trim() == "# END setup.sh"));
        var depth = lines[begin].Length - lines[begin].TrimStart().Length;

        Assert.Equal(
            File.ReadAllLines(Repository.PathOf("src/Operator/Aws/UserData/setup.sh")), lines[(begin + 1)..end].Select(line => line.Length == 0 ? line : line[depth..])); // scripts/generate
        Assert.InRange(lines.SkipWhile(line => line.Trim() != "Data: |").TakeWhile(line => line.Trim() != "Recipe:").Sum(line => line.Length + 1), 1, MostOfComponent);
    }

    // Debian's packer is older than two blocks, and has the plugin that one of them names.
    [ProgramFact("packer")]
    public async Task Packer_AcceptsTheTemplate_WhichNamesTheScript()
    {
        var folder = Directory.CreateTempSubdirectory("packer-");
        try
        {
            var template = Newer.Replace(File.ReadAllText(Repository.PathOf("images/runner.pkr.hcl")), "");
            var path = Path.Combine(folder.CreateSubdirectory("images").FullName, "runner.pkr.hcl");
            await File.WriteAllTextAsync(path, template);
            var script = Path.Combine(folder.FullName, "src/Operator/Aws/UserData/setup.sh");
            Directory.CreateDirectory(Path.GetDirectoryName(script)!);
            File.Copy(Repository.PathOf("src/Operator/Aws/UserData/setup.sh"), script);

            var result = await Tool.RunAsync("packer", ["validate", "-var", "region=eu-central-1", path]);

            Assert.True(result.ExitCode == 0, result.Output + result.Error);
            File.Delete(script);
            Assert.NotEqual(0, (await Tool.RunAsync("packer", ["validate", "-var", "region=eu-central-1", path])).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
