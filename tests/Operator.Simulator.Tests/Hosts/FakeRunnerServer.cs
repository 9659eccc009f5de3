using Operator.Simulator.Hosts;

namespace Operator.Simulator.Tests.Hosts;

/// <summary>GitHub for hosts: every JIT config is registered until the test says otherwise, and jobs start and end on demand.</summary>
internal sealed class FakeRunnerServer : IRunnerServer
{
    public List<FakeProcess> Processes { get; } = [];

    public HashSet<string> Unregistered { get; } = [];

    public FakeProcess Last => Processes[^1];

    public List<RunnerConfiguration> Configured { get; } = [];

    public string? Configure(RunnerConfiguration configuration)
    {
        Configured.Add(configuration);
        return configuration.Token == "expired" ? null : $"files of {configuration.Name}";
    }

    public IRunnerProcess? Start(string encodedJitConfig, Action onJobStarted, Action<RunnerExit> onExit)
    {
        if (Unregistered.Contains(encodedJitConfig))
        {
            return null;
        }

        var process = new FakeProcess(encodedJitConfig, onJobStarted, onExit);
        Processes.Add(process);
        return process;
    }
}

internal sealed class FakeProcess(string jitConfig, Action onJobStarted, Action<RunnerExit> onExit) : IRunnerProcess
{
    public string JitConfig => jitConfig;

    public bool IsBusy { get; private set; }

    public bool IsKilled { get; private set; }

    public void StartJob()
    {
        IsBusy = true;
        onJobStarted();
    }

    public void FinishJob()
    {
        IsBusy = false;
        onExit(new RunnerExit(ServedJob: true));
    }

    public void LoseRegistration() => onExit(new RunnerExit(ServedJob: false));

    public void Kill() => IsKilled = true;
}
