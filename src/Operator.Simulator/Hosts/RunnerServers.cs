namespace Operator.Simulator.Hosts;

/// <summary>The forges as runner processes see them: each is started with a secret of its own form.</summary>
/// <param name="gitHub">GitHub.</param>
internal sealed class RunnerServers(IRunnerServer gitHub) : IRunnerServer
{
    /// <summary>GitLab; null for none.</summary>
    public IRunnerServer? GitLab { get; set; }

    public string? Configure(RunnerConfiguration configuration) => gitHub.Configure(configuration);

    public IRunnerProcess? Start(string encodedJitConfig, Action onJobStarted, Action<RunnerExit> onExit) =>
        (encodedJitConfig.StartsWith("glrt-", StringComparison.Ordinal) ? GitLab ?? gitHub : gitHub).Start(encodedJitConfig, onJobStarted, onExit);
}
