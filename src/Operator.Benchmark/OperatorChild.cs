using System.Diagnostics;
using System.Globalization;
using Operator.Simulator.Aws;
using Operator.Simulator.Network;

namespace Operator.Benchmark;

/// <summary>
/// The operator as a separate process, so that its memory can be measured, and its metrics are scraped like Prometheus does.
/// </summary>
internal sealed class OperatorChild : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    private OperatorChild(Process process, Uri address)
    {
        (_process, Address, _client) = (process, address, new HttpClient { BaseAddress = address });
    }

    /// <summary>The address of its health, metrics and webhook endpoints.</summary>
    public Uri Address { get; }

    /// <summary>Resident memory in MiB.</summary>
    public double MemoryMiB => MemoryOf(_process);

    /// <summary>Its peak resident memory in MiB; elsewhere than on Linux its current one.</summary>
    public double PeakMemoryMiB => File.Exists($"/proc/{_process.Id}/status")
        ? double.Parse(File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024
        : MemoryMiB;

    /// <summary>Processor seconds so far.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Starts an operator.</summary>
    /// <param name="file">A published <c>operator.dll</c>; null for the one in this program.</param>
    /// <param name="kubeconfig">Its API server.</param>
    /// <param name="aws">Its cloud.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<OperatorChild> StartAsync(string? file, string kubeconfig, SimulatedAws aws, CancellationToken cancellationToken)
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackNetwork.Instance.FreePort()}");
        string[] arguments = ["run", "--kubeconfig", kubeconfig, "--namespace", "default", "--listen", address.ToString()];
        var start = file is null ? Self(arguments) : Logged(["dotnet", file, .. arguments]);
        start.Environment["ALLOW_LOOPBACK"] = "true"; // a variable, because older versions do not have the option
        foreach (var (name, value) in aws.Environment)
        {
            start.Environment[name] = value;
        }

        var child = new OperatorChild(Process.Start(start)!, address);
        await child.UntilReadyAsync(cancellationToken);
        return child;
    }

    /// <summary>How to start another process of this program.</summary>
    public static ProcessStartInfo Self(params string[] arguments)
    {
        var path = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(path) == "dotnet";
        string[] program = isHost ? [path, typeof(OperatorChild).Assembly.Location] : [path];
        return Logged([.. program, .. arguments]);
    }

    private static ProcessStartInfo Logged(string[] command) =>
        new("/bin/sh", ["-c", """exec "$@" >"$0" 2>&1""", Path.Combine(Path.GetTempPath(), "operator-benchmark.log"), .. command]);

    /// <summary>Its current metrics.</summary>
    public async Task<CallCounts> CountsAsync(CancellationToken cancellationToken) =>
        CallCounts.Parse(await _client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>Resident memory of a process in MiB.</summary>
    public static double MemoryOf(Process process)
    {
        process.Refresh();
        return process.WorkingSet64 / (1024.0 * 1024);
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_process.HasExited)
            {
                throw new BenchmarkException("the operator did not start: see operator-benchmark.log in the folder for temporary files");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri("/readyz", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <summary>The benchmark cannot continue; the message says why.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
