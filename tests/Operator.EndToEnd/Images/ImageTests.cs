using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Images;

/// <summary>The image, built from the Dockerfile on stand-in base images and started against a real API server.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class ImageTests(RealControlPlane cluster)
{
    [ImageFact]
    public async Task Image_StartedUnderItsNumericUserOnAReadOnlyRoot_BecomesReady()
    {
        await cluster.InstallKindsAsync();

        var result = await Tool.RunAsync(Repository.PathOf("scripts/test-image"), ["run", cluster.Kubeconfig]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var facts = result.Output.Split('\n');
        Assert.Contains("user 1654:1654", facts);
        Assert.Contains("runs as 1654", facts);
        Assert.Contains("entrypoint [dotnet /app/operator.dll]", facts);
        Assert.Contains("shells 0", facts);
        Assert.Contains("compiled ahead 1", facts);
        Assert.Contains("ready", facts);
        Assert.Contains(facts, fact => fact.StartsWith("labels ", StringComparison.Ordinal) && fact.Contains("org.opencontainers.image.version:0.0.0-test", StringComparison.Ordinal));
        Assert.Contains(facts, fact => fact.StartsWith("version 0.0.0-test", StringComparison.Ordinal));
        Assert.True(NumberAfter("packages in the bill of materials ", facts) > 3);
        Assert.Equal(NumberAfter("packages in the bill of materials ", facts), NumberAfter("packages in the notices ", facts));
        Assert.Contains("documentation Operator.Entities.xml", facts);
        // The schema's descriptions come from a file beside the assembly, which the image must have.
        Assert.True(NumberAfter("descriptions in the CRDs ", facts) > 100);
    }

    private static int NumberAfter(string name, IEnumerable<string> facts) =>
        int.Parse(facts.Single(fact => fact.StartsWith(name, StringComparison.Ordinal))[name.Length..].Split(' ')[0]);
}

/// <summary>A fact about the image; skipped where it cannot be built.</summary>
public sealed class ImageFactAttribute : FactAttribute
{
    public ImageFactAttribute()
    {
        Skip = ControlPlaneSource.SkipReason;
        if (Programs.Find("buildah") is null || Environment.UserName != "root")
        {
            Skip = "needs buildah, and root for its chroot isolation";
        }
    }
}
