using System.Text.Json.Nodes;
using Operator.Entities.Schema;

namespace Operator.Entities.Tests.Schema;

public sealed class CrdGeneratorTests
{
    public static TheoryData<string> Files => new(Crds.Files.Keys);

    [Theory]
    [MemberData(nameof(Files))]
    public void Generate_TypesAsTheyAre_EqualsTheCommittedFile(string file)
    {
        var committed = Repository.PathOf("config", "crds", file);

        Assert.True(
            File.Exists(committed) && File.ReadAllText(committed) == Crds.Files[file],
            $"config/crds/{file} is not what the types say; run: dotnet run --project src/Operator -- crds --output config/crds");
    }

    [Fact]
    public void Generate_FolderOfCrds_HoldsNothingElse() =>
        Assert.Equal(
            Crds.Files.Keys.Order(StringComparer.Ordinal),
            Directory.GetFiles(Repository.PathOf("config", "crds"), "ec2runners.dev_*.yaml").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));

    [Fact]
    public void Generate_Again_GivesTheSame() => Assert.Equal(Crds.Files, CrdGenerator.Generate());

    [Theory]
    [InlineData("ec2runners.dev_runnerpools.yaml", "rpool", "Namespaced")]
    [InlineData("ec2runners.dev_runnerleases.yaml", "rlease", "Namespaced")]
    [InlineData("ec2runners.dev_runnerleasesets.yaml", "rset", "Namespaced")]
    [InlineData("ec2runners.dev_resourceclasses.yaml", "rclass", "Cluster")]
    public void Generate_Kind_HasItsShortNameCategoryScopeAndStatus(string file, string shortName, string scope)
    {
        var spec = SpecOf(file);

        Assert.Equal(shortName, spec["names"]!["shortNames"]![0]!.GetValue<string>());
        Assert.Equal("runners", spec["names"]!["categories"]![0]!.GetValue<string>());
        Assert.Equal(scope, spec["scope"]!.GetValue<string>());
        Assert.NotNull(spec["versions"]![0]!["subresources"]!["status"]);
    }

    [Fact]
    public void Generate_Pool_ScalesByMinIdle()
    {
        var scale = SpecOf("ec2runners.dev_runnerpools.yaml")["versions"]![0]!["subresources"]!["scale"]!;

        Assert.Equal(".spec.capacity.minIdle", scale["specReplicasPath"]!.GetValue<string>());
        Assert.Equal(".status.runners.total", scale["statusReplicasPath"]!.GetValue<string>());
        Assert.Equal(".status.labelSelector", scale["labelSelectorPath"]!.GetValue<string>());
    }

    // kubectl apply keeps the whole object in an annotation of at most 256 KiB.
    [Theory]
    [MemberData(nameof(Files))]
    public void Generate_File_FitsIntoTheAnnotationOfKubectlApply(string file) =>
        Assert.InRange(Crds.Files[file].Length, 1, 200_000);

    private static JsonNode SpecOf(string file) => Yaml.Read(Crds.Files[file]).Single()["spec"]!;
}
