using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The demo, started as README says, in a process of its own.</summary>
internal sealed partial class DemoProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DemoProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>All that it has printed.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Path of the kubeconfig that it has written; empty before.</summary>
    public string Kubeconfig => Find(@"export KUBECONFIG=(?<value>\S+)");

    /// <summary>What stands after a word at the start of a line.</summary>
    /// <param name="pattern">A pattern with the group <c>value</c>.</param>
    public string Find(string pattern) => Regex.Match(Output, pattern, RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Groups["value"].Value;

    /// <summary>Starts it and waits until it has printed its addresses, or has ended.</summary>
    /// <param name="command">The documented command.</param>
    /// <param name="more">Further arguments of the demo.</param>
    public static async Task<DemoProcess> StartAsync(string command, params string[] more)
    {
        // Built already, with the tests; as documented, it is built before it runs.
        var words = ShellCommands.Parse(command)[0];
        var process = Process.Start(new ProcessStartInfo(words[0], [words[1], "--configuration", "Release", "--no-build", .. words.Skip(2), .. more])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        })!;
        var demo = new DemoProcess(process);
        await demo._end.Task;
        return demo;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (Kubeconfig.Length > 0)
        {
            File.Delete(Kubeconfig);
        }
    }

    private void Read(string? line)
    {
        _lines.Enqueue(line ?? "");
        if (line is null || LastLine().IsMatch(line))
        {
            _end.TrySetResult();
        }
    }

    [GeneratedRegex("^Ctrl-C ends it", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastLine();
}
