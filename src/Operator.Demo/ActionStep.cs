using System.Diagnostics;
using Operator.Simulator.GitHub.Oidc;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary>A step of a workflow that uses the action: its own script, run by Node.js as GitHub's runner does, with the identity of a simulated job.</summary>
/// <param name="world">Issues the job's tokens.</param>
/// <param name="leaseApi">The operator's lease API.</param>
/// <param name="script">The action's script.</param>
internal sealed class ActionStep(SimulatedWorld world, Uri leaseApi, FileInfo script)
{
    private const string Node = "node";

    /// <summary>The workflow run that it belongs to.</summary>
    public static OidcJob Job { get; } = new(SimulatedWorld.Repository, 4711);

    /// <summary>The action's script, in this directory's repository or in one above; null where there is none.</summary>
    public static FileInfo? FindScript(DirectoryInfo? place)
    {
        for (; place is not null; place = place.Parent)
        {
            var script = new FileInfo(Path.Combine(place.FullName, "action", "main.mjs"));
            if (script.Exists)
            {
                return script;
            }
        }

        return null;
    }

    /// <summary>Whether this machine has Node.js.</summary>
    public static bool CanRun() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? $"{Node}.exe" : Node)));

    /// <summary>Runs the step.</summary>
    /// <param name="mode"><c>provision</c>, <c>release</c> or <c>refresh</c>.</param>
    /// <param name="count">With <c>provision</c>: how many runners.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DemoException">It failed.</exception>
    public async Task RunAsync(string mode, int count, CancellationToken cancellationToken)
    {
        var (tokens, secret) = world.GitHub.Oidc.RequestFor(Job);
        var start = new ProcessStartInfo(Node, [script.FullName]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new[]
        {
            ("INPUT_MODE", mode), ("INPUT_INSTANCE-COUNT", $"{count}"), ("INPUT_AUDIENCE", SimulatedWorld.LeaseApiUrl), ("EC2RUNNERS_URL", leaseApi.AbsoluteUri),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", tokens.AbsoluteUri), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", secret),
            ("GITHUB_OUTPUT", ""), ("GITHUB_STEP_SUMMARY", ""),
        })
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new DemoException($"{Node} does not start");
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new DemoException($"the action's {mode} failed: {await output} {await errors}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
