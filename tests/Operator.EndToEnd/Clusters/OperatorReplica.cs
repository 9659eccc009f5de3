using System.Diagnostics;
using System.Globalization;
using Operator.EndToEnd.Support;
using Operator.Hosting;
using Operator.Simulator.Aws;
using Operator.Simulator.Network;

namespace Operator.EndToEnd.Clusters;

/// <summary>One replica of the operator, as a process of its own that can be killed.</summary>
internal sealed class OperatorReplica : IAsyncDisposable
{
    private readonly Process _process;

    private OperatorReplica(Process process) => _process = process;

    /// <summary>Starts a replica and waits until it can serve.</summary>
    /// <param name="kubeconfig">How it reaches the API server.</param>
    /// <param name="namespaceName">Where the replicas' lease is.</param>
    /// <param name="aws">Its EC2 and Parameter Store.</param>
    public static async Task<OperatorReplica> StartAsync(string kubeconfig, string namespaceName, SimulatedAws aws)
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackNetwork.Instance.FreePort()}");
        var start = new ProcessStartInfo("dotnet", [
            typeof(OperatorOptions).Assembly.Location, "run", "--kubeconfig", kubeconfig, "--namespace", namespaceName, "--leader-elect", "--allow-loopback", "--listen", address.ToString(),
        ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in aws.Environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { }; // a full pipe would stop it
        process.BeginOutputReadLine();
        var replica = new OperatorReplica(process);
        using var client = new HttpClient { BaseAddress = address };
        try
        {
            await Eventually.IsTrueAsync(() => IsReady(client), $"a replica at {address} that can serve");
            return replica;
        }
        catch
        {
            await replica.DisposeAsync(); // other tests share the cluster
            throw;
        }
    }

    /// <summary>Ends it with no chance to tidy up.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    /// <summary>Ends it as Kubernetes does.</summary>
    public async Task StopAsync()
    {
        (await Tool.RunAsync("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])).Require();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static bool IsReady(HttpClient client)
    {
        try
        {
            using var answer = client.Send(new HttpRequestMessage(HttpMethod.Get, "/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
