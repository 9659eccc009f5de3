using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitHub.Runners;

/// <summary>The runner process of one registration on a host.</summary>
/// <param name="runner">Its registration.</param>
/// <param name="onJobStarted">Notifies the host that a job started.</param>
/// <param name="onExit">Notifies the host that it exited.</param>
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
