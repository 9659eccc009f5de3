using System.CommandLine;
using Operator.Commands;
using Operator.Commands.Rbac;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Generated;

/// <summary>What is generated and committed is what the code of now generates.</summary>
public sealed class GeneratedFilesTests
{
    [Theory]
    [InlineData("config/crds", "crds")]
    [InlineData("config/default/crds", "crds")]
    [InlineData("charts/ec2runners/files/crds", "crds")]
    [InlineData("config/rbac", "rbac")]
    [InlineData("config/default/rbac", "rbac")]
    [InlineData("charts/ec2runners/files/rbac", "rbac", "--rules-only")]
    [InlineData("docs/metrics.md", "metrics")]
    [InlineData("docs/reference.md", "reference")]
    public async Task Check_OfTheCommittedFiles_FindsNoDifference(string folder, params string[] command)
    {
        using var errors = new StringWriter();
        var parsed = new RootCommand { CrdsCommand.Create(), RbacCommand.Create(), PageCommand.CreateMetrics(), PageCommand.CreateReference() }.Parse([.. command, "--check", Repository.PathOf(folder)]);

        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { Error = errors });

        Assert.Equal("", errors.ToString());
        Assert.Equal(0, exitCode);
    }
}
