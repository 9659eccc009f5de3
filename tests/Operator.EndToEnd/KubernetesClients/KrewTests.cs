using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Operator.Common;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.KubernetesClients;

/// <summary>The plugin's manifest is as krew's index wants it (krew.sigs.k8s.io, "Plugin manifest"), and a release's has its checksums.</summary>
public sealed class KrewTests
{
    private static readonly string[] Platforms = ["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64"];

    [Fact]
    public async Task Manifest_HasWhatTheIndexDemands() => Check(YamlDocuments.Parse(await File.ReadAllTextAsync(Repository.PathOf("config/krew/runners.yaml"))).Single(), await VersionAsync());

    [ProgramFact("sha256sum")]
    public async Task Manifest_OfARelease_HasItsVersionAndChecksums()
    {
        var folder = Directory.CreateTempSubdirectory("krew");
        try
        {
            foreach (var platform in Platforms)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"kubectl-runners_{platform}.tar.gz"), platform);
            }

            (await Tool.RunAsync(Repository.PathOf("scripts/release-binaries"), ["--manifest-only", "--version", "1.2.3", "--output", folder.FullName])).Require();
            var manifest = YamlDocuments.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "runners.yaml"))).Single();

            Check(manifest, "1.2.3");
            Assert.All(manifest["spec"]!["platforms"]!.AsArray(), platform => Assert.Equal(
                Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(PlatformOf(platform!)))), platform!["sha256"]!.ToString()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [ProgramFact("sha256sum")]
    public async Task Manifest_ArchiveMissing_IsAnError()
    {
        var folder = Directory.CreateTempSubdirectory("krew");
        try
        {
            var result = await Tool.RunAsync(Repository.PathOf("scripts/release-binaries"), ["--manifest-only", "--output", folder.FullName]);

            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains("kubectl-runners_linux_amd64.tar.gz", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Check(JsonObject manifest, string version)
    {
        var spec = manifest["spec"]!;
        Assert.Equal(("krew.googlecontainertools.github.com/v1alpha2", "Plugin", "runners"), (manifest["apiVersion"]!.ToString(), manifest["kind"]!.ToString(), manifest["metadata"]!["name"]!.ToString()));
        Assert.Equal($"v{version}", spec["version"]!.ToString());
        Assert.InRange(spec["shortDescription"]!.ToString().Length, 10, 50);
        Assert.All(spec["description"]!.ToString().Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.StartsWith("https://", spec["homepage"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(Platforms, spec["platforms"]!.AsArray().Select(platform => PlatformOf(platform!)).Order(StringComparer.Ordinal));
        foreach (var platform in spec["platforms"]!.AsArray())
        {
            var (bin, files) = (platform!["bin"]!.ToString(), platform["files"]!.AsArray().Select(file => file!["from"]!.ToString()).ToList());
            Assert.Equal(PlatformOf(platform).StartsWith("windows", StringComparison.Ordinal) ? "kubectl-runners.exe" : "kubectl-runners", bin);
            Assert.Equal([bin, "LICENSE"], files);
            Assert.Matches("^[0-9a-f]{64}$", platform["sha256"]!.ToString());
            Assert.EndsWith($"/v{version}/kubectl-runners_{PlatformOf(platform)}.tar.gz", platform["uri"]!.ToString(), StringComparison.Ordinal);
        }
    }

    private static string PlatformOf(JsonNode platform) => $"{platform["selector"]!["matchLabels"]!["os"]}_{platform["selector"]!["matchLabels"]!["arch"]}";

    private static async Task<string> VersionAsync() =>
        YamlDocuments.Parse(await File.ReadAllTextAsync(Repository.PathOf("charts/ec2runners/Chart.yaml"))).Single()["appVersion"]!.ToString();
}
