using System.Diagnostics;
using Operator.EndToEnd.Support;
using Operator.Simulator.GitHub.Oidc;
using Operator.Simulator.World;
using YamlDotNet.RepresentationModel;

namespace Operator.EndToEnd.Actions;

/// <summary>Runs the action as GitHub's runner does: inputs and their defaults from action.yml as variables, and a file for each of what a step may write.</summary>
internal sealed class RunnerEnvironment : IDisposable
{
    private static readonly string Folder = Repository.PathOf("action");

    private readonly DirectoryInfo _temp = Directory.CreateTempSubdirectory("runner-");
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public RunnerEnvironment(SimulatedWorld world, OidcJob job, Uri leaseApi)
    {
        var (url, token) = world.GitHub.Oidc.RequestFor(job);
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["CI"] = "true",
            ["GITHUB_ACTIONS"] = "true",
            ["GITHUB_ACTION_PATH"] = Folder,
            ["GITHUB_REPOSITORY"] = job.Repository,
            ["GITHUB_RUN_ID"] = $"{job.RunId}",
            ["GITHUB_RUN_ATTEMPT"] = $"{job.Attempt}",
            ["GITHUB_EVENT_NAME"] = job.Event,
            ["GITHUB_REF"] = job.Ref,
            ["GITHUB_OUTPUT"] = FileOf("set_output"),
            ["GITHUB_STEP_SUMMARY"] = FileOf("step_summary"),
            ["RUNNER_TEMP"] = _temp.FullName,
            ["RUNNER_ENVIRONMENT"] = job.RunnerEnvironment,
            ["ACTIONS_ID_TOKEN_REQUEST_URL"] = url.AbsoluteUri,
            ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = token,
            ["EC2RUNNERS_URL"] = leaseApi.AbsoluteUri,
            ["INPUT_AUDIENCE"] = SimulatedWorld.LeaseApiUrl,
        })
        {
            _environment[name] = value;
        }
    }

    /// <summary>Where its outputs go.</summary>
    public string OutputFile => FileOf("set_output");

    /// <summary>Takes a variable away, as where the job has no right to it.</summary>
    public void Remove(string name) => _environment[name] = "";

    /// <summary>Runs the action to its end.</summary>
    /// <param name="with">The inputs of the step.</param>
    public async Task<StepResult> RunAsync(params (string Name, string Value)[] with) => await WaitAsync(Start(with));

    /// <summary>Starts the action.</summary>
    public Process Start(params (string Name, string Value)[] with)
    {
        var (main, defaults) = ReadAction();
        Assert.All(with, input => Assert.Contains(input.Name, defaults.Keys));
        var start = new ProcessStartInfo("node", [Path.Combine(Folder, main)]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _temp.FullName };
        foreach (var (name, value) in defaults.Select(pair => (pair.Key, pair.Value)).Concat(with))
        {
            start.Environment[$"INPUT_{name.ToUpperInvariant()}"] = value;
        }

        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Waits for the action, and reads what it has left.</summary>
    public async Task<StepResult> WaitAsync(Process process)
    {
        using (process)
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            Assert.Equal("", await error);
            return new(process.ExitCode, await output, Outputs(await File.ReadAllLinesAsync(FileOf("set_output"))), await File.ReadAllTextAsync(FileOf("step_summary")));
        }
    }

    /// <summary>Sends what the runner sends first when a workflow is cancelled.</summary>
    public static async Task InterruptAsync(Process process) => (await Tool.RunAsync("bash", ["-c", $"kill -INT {process.Id}"])).Require();

    public void Dispose() => _temp.Delete(recursive: true);

    // As the runner reads it: NAME=VALUE, or NAME<<END up to a line of END.
    private static Dictionary<string, string> Outputs(string[] lines)
    {
        var outputs = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Length; i++)
        {
            var parts = lines[i].Split("<<", 2);
            var end = Array.IndexOf(lines, parts[1], i + 1);
            Assert.True(end > i, $"no end of {lines[i]}");
            outputs[parts[0]] = string.Join('\n', lines[(i + 1)..end]);
            i = end;
        }

        return outputs;
    }

    private static (string Main, Dictionary<string, string> Defaults) ReadAction()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(Folder, "action.yml"))));
        var action = (YamlMappingNode)yaml.Documents[0].RootNode;
        var defaults = ((YamlMappingNode)action["inputs"]).Children.ToDictionary(
            pair => pair.Key.ToString(),
            pair => ((YamlMappingNode)pair.Value).Children.TryGetValue("default", out var value) ? value.ToString() : "",
            StringComparer.Ordinal);
        defaults.Remove("audience");
        return (action["runs"]["main"].ToString(), defaults);
    }

    private string FileOf(string name)
    {
        var file = Path.Combine(_temp.FullName, name);
        if (!File.Exists(file))
        {
            File.WriteAllText(file, "");
        }

        return file;
    }
}

/// <summary>What a step has left.</summary>
/// <param name="ExitCode">0 if it succeeded.</param>
/// <param name="Log">What it printed.</param>
/// <param name="Outputs">Its outputs.</param>
/// <param name="Summary">Its part of the job's summary.</param>
internal sealed record StepResult(int ExitCode, string Log, IReadOnlyDictionary<string, string> Outputs, string Summary);
