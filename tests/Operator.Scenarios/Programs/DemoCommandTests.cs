using System.Text.Json.Nodes;
using Operator.Demo;
using Operator.Simulator.Network;
using Operator.Tests.Shared;

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

    [Fact]
    public async Task Dashboard_ShowsPoolsAtWork_UntilItIsInterrupted()
    {
        using var interrupt = new CancellationTokenSource();
        var port = LoopbackNetwork.Instance.FreePort();
        var dashboard = DemoCommand.Create().Parse(["dashboard", "--port", $"{port}", "--speed", "100"]).InvokeAsync(cancellationToken: interrupt.Token);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };

        await Eventually.IsTrueAsync(
            async () => await TryReadAsync(http) is { } totals && (int)totals["pools"]! == 5 && (int)totals["notReady"]! >= 1 && (int)totals["runningJobs"]! > 0,
            "jobs of five pools run, and one pool is not ready");
        await interrupt.CancelAsync();

        Assert.Equal(0, await dashboard);
    }

    private static async Task<JsonNode?> TryReadAsync(HttpClient http)
    {
        try
        {
            return JsonNode.Parse(await http.GetStringAsync("api/v1/overview"))!["totals"];
        }
        catch (HttpRequestException)
        {
            return null; // not yet
        }
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
