using Operator.Simulator.Aws.Ec2;

namespace Operator.Simulator.Hosts;

/// <summary>The runner process of a host, at most one at a time. Its reports arrive through the host's event queue.</summary>
/// <param name="server">GitHub.</param>
/// <param name="events">The host's events.</param>
/// <param name="jobStarted">It took a job.</param>
/// <param name="ended">It exited; the argument says whether it served a job.</param>
internal sealed class HostRunner(IRunnerServer server, EventQueue events, Action jobStarted, Action<bool> ended)
{
    private IRunnerProcess? _process;

    // Distinguishes the reports of this process from late ones of its predecessor.
    private object? _run;

    public bool IsRunning => _run is not null;

    public bool IsBusy => _process is { IsBusy: true };

    public void Start(string jitConfig)
    {
        var run = _run = new object();
        _process = server.Start(
            jitConfig,
            () => events.Post(() => Report(run, jobStarted)),
            exit => events.Post(() => Report(run, () => End(exit.ServedJob))));
        if (_process is null)
        {
            events.Post(() => Report(run, () => End(servedJob: false)));
        }
    }

    /// <summary>Registers a runner.</summary>
    /// <returns>What starts it; null when that fails.</returns>
    public string? Configure(RunnerConfiguration configuration) => server.Configure(configuration);

    /// <summary>Ends the process without a report.</summary>
    public void Kill()
    {
        var process = _process;
        (_run, _process) = (null, null);
        process?.Kill();
    }

    private void End(bool servedJob)
    {
        (_run, _process) = (null, null);
        ended(servedJob);
    }

    private void Report(object run, Action what)
    {
        if (ReferenceEquals(run, _run))
        {
            what();
        }
    }
}
