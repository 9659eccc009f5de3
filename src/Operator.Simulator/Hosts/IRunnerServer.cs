namespace Operator.Simulator.Hosts;

/// <summary>GitHub as a runner process on a host sees it. The simulated GitHub implements it; simulated hosts use it.</summary>
public interface IRunnerServer
{
    /// <summary>Registers a runner, as <c>config.sh --unattended --replace --ephemeral</c> does.</summary>
    /// <param name="configuration">Its arguments.</param>
    /// <returns>What <see cref="Start"/> takes, which stands for the files that it writes; null when it fails.</returns>
    string? Configure(RunnerConfiguration configuration);

    /// <summary>Starts a runner process with a JIT config, as <c>run.sh --jitconfig</c> does.</summary>
    /// <param name="encodedJitConfig">What <c>generate-jitconfig</c> answered.</param>
    /// <param name="onJobStarted">Called when the process takes a job (the job-started hook).</param>
    /// <param name="onExit">Called once, when the process exits: after its only job, or because its registration is gone.</param>
    /// <returns>The process; null if the registration does not or no longer exist, so that it exits immediately.</returns>
    IRunnerProcess? Start(string encodedJitConfig, Action onJobStarted, Action<RunnerExit> onExit);
}

/// <summary>What <c>config.sh</c> is given.</summary>
/// <param name="Url">Where to register.</param>
/// <param name="Name">The runner's name.</param>
/// <param name="Labels">Its labels; none are added.</param>
/// <param name="Group">Its runner group; empty for the default.</param>
/// <param name="Token">The registration token.</param>
public sealed record RunnerConfiguration(string Url, string Name, IReadOnlyList<string> Labels, string Group, string Token)
{
    /// <summary>Hides the token.</summary>
    public override string ToString() => Name;
}

/// <summary>A running runner process.</summary>
public interface IRunnerProcess
{
    /// <summary>Whether a job runs in it.</summary>
    bool IsBusy { get; }

    /// <summary>Ends it: an interrupt to an idle listener, or the loss of its machine. A running job is lost. <c>onExit</c> is not called.</summary>
    void Kill();
}

/// <summary>How a runner process ended.</summary>
/// <param name="ServedJob">Whether it ran a job.</param>
public sealed record RunnerExit(bool ServedJob);
