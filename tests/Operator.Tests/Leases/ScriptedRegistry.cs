using Operator.GitHub.Registrations;

namespace Operator.Tests.Leases;

/// <summary>GitHub's registrations: answers as scripted, and records removals and registrations.</summary>
internal sealed class ScriptedRegistry : IRunnerRegistry
{
    public Func<RemovalOutcome> OnRemove { get; set; } = () => RemovalOutcome.Removed;

    public Func<string, JitRunner> OnRegister { get; set; } = name => new(7, name, "jit-config");

    /// <summary>What is registered.</summary>
    public List<RegisteredRunner> Runners { get; } = [];

    /// <summary>Ids that were to be removed.</summary>
    public List<long> Removed { get; } = [];

    public List<(string Name, IReadOnlyList<string> Labels)> Registered { get; } = [];

    public Task<JitRunner> RegisterAsync(
        RunnerScope scope, string name, IReadOnlyList<string> labels, string workFolder, CancellationToken cancellationToken)
    {
        Registered.Add((name, labels));
        return Task.FromResult(OnRegister(name));
    }

    public Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken)
    {
        Removed.Add(id);
        return Task.FromResult(OnRemove());
    }

    public Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken) =>
        Task.FromResult(Runners.Find(runner => runner.Id == id));

    public Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken) =>
        Task.FromResult(new RunnerList([.. Runners], Some.Now));
}
