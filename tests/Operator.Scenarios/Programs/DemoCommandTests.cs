using Operator.Demo;

namespace Operator.Scenarios.Programs;

public sealed class DemoCommandTests : IDisposable
{
    private readonly DirectoryInfo _samples = Directory.CreateTempSubdirectory("demo-samples-");

    [Theory]
    [InlineData("kind: ResourceClass\n  indented: [wrong")]
    [InlineData("kind: ResourceClass\napiVersion: nobody/v1\n")]
    public async Task Demo_SampleThatIsNoManifest_EndsWithOneAndNoException(string yaml)
    {
        await File.WriteAllTextAsync(Path.Combine(_samples.FullName, "sample.yaml"), yaml);

        Assert.Equal(1, await DemoCommand.RunAsync(new DemoOptions { Samples = _samples }, CancellationToken.None));
    }

    [Fact]
    public async Task Demo_Interrupted_EndsWith130()
    {
        using var interrupt = new CancellationTokenSource();
        await File.WriteAllTextAsync(Path.Combine(_samples.FullName, "sample.yaml"), Pool);
        var demo = DemoCommand.RunAsync(new DemoOptions { Samples = _samples }, interrupt.Token);

        await interrupt.CancelAsync();

        Assert.Equal(130, await demo);
    }

    public void Dispose() => _samples.Delete(recursive: true);

    // Nothing of it is ever ready: the demo waits until it is interrupted.
    private const string Pool = """
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: {name: waits}
        spec:
          github: {url: https://github.com/my-org, credentialsSecretName: none, labels: [linux]}
          capacity: {minIdle: 1, maxRunners: 1}
          launch: {image: {id: ami-0123456789abcdef0}}
        """;
}
