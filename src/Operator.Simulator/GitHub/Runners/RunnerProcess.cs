using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitHub.Runners;

/// <summary>The runner program of one registration on a host.</summary>
/// <param name="runner">Its registration.</param>
/// <param name="onJobStarted">Tells the host that a job began.</param>
/// <param name="onExit">Tells the host that it ended.</param>
/// <param name="kill">What GitHub does when it is killed.</param>
internal sealed class RunnerProcess(
    RunnerRecord runner, Action onJobStarted, Action<RunnerExit> onExit, Action<RunnerProcess> kill) : IRunnerProcess
{
    public RunnerRecord Runner { get; } = runner;

    public Action OnJobStarted { get; } = onJobStarted;

    public Action<RunnerExit> OnExit { get; } = onExit;

    public bool HasEnded { get; set; }

    public bool IsBusy => Runner.Job is { State: JobState.Running } && !HasEnded;

    public void Kill() => kill(this);
}
