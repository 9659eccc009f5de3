using Operator.Forges;

namespace Operator.Tests.Leases;

/// <summary>GitHub's registrations: answers as a test says, and remembers what was removed and registered.</summary>
internal sealed class ScriptedRegistry : IRunnerRegistry
{
    public Func<RemovalOutcome> OnRemove { get; set; } = () => RemovalOutcome.Removed;

    public Func<string, NewRunner> OnRegister { get; set; } = name => new(7, name, "jit-config");

    /// <summary>What is registered.</summary>
    public List<RegisteredRunner> Runners { get; } = [];

    /// <summary>Ids that were to be removed.</summary>
    public List<long> Removed { get; } = [];

    public List<(string Name, IReadOnlyList<string> Labels)> Registered { get; } = [];

    public Task<NewRunner> RegisterAsync(
        RunnerScope scope, RunnerRequest request, CancellationToken cancellationToken)
    {
        Registered.Add((request.Name, request.Labels));
        return Task.FromResult(OnRegister(request.Name));
    }

    /// <summary>Number of tokens that were minted.</summary>
    public int Tokens { get; private set; }

    public Task<RegistrationToken> CreateTokenAsync(RunnerScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(new RegistrationToken($"token-{++Tokens}", Some.Now.AddHours(1)));

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
