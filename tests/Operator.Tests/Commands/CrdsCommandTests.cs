using System.CommandLine;
using Operator.Commands;
using Operator.Entities.Schema;

namespace Operator.Tests.Commands;

public sealed class CrdsCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crds");

    [Fact]
    public async Task Crds_WithoutOptions_PrintsEveryKind()
    {
        var (exitCode, output, _) = await RunAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal(4, output.Split("\nkind: CustomResourceDefinition\n").Length - 1);
    }

    [Fact]
    public async Task Crds_Output_WritesFilesThatCheckAccepts()
    {
        var (written, _, _) = await RunAsync("--output", _folder.FullName);
        var (accepted, _, _) = await RunAsync("--check", _folder.FullName);

        Assert.Equal((0, 0), (written, accepted));
        Assert.Equal(CrdGenerator.Generate().Count, _folder.GetFiles().Length);
    }

    [Fact]
    public async Task Crds_CheckOfAChangedFile_NamesItAndFails()
    {
        await RunAsync("--output", _folder.FullName);
        var changed = _folder.GetFiles("*runnerpools.yaml").Single().FullName;
        await File.AppendAllTextAsync(changed, "# by hand\n");

        var (exitCode, _, errors) = await RunAsync("--check", _folder.FullName);

        Assert.Equal(1, exitCode);
        Assert.Contains(changed, errors, StringComparison.Ordinal);
        Assert.Contains("operator crds --output", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var parsed = new RootCommand { CrdsCommand.Create() }.Parse(["crds", .. arguments]);
        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
        return (exitCode, output.ToString(), errors.ToString());
    }
}
