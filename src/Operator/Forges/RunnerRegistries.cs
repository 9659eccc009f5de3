namespace Operator.Forges;

/// <summary>Leads each call to the registry of the scope's forge.</summary>
/// <param name="registries">One for each forge.</param>
internal sealed class RunnerRegistries(IReadOnlyDictionary<ForgeKind, IRunnerRegistry> registries) : IRunnerRegistry
{
    public Task<NewRunner> RegisterAsync(RunnerScope scope, RunnerRequest request, CancellationToken cancellationToken) =>
        Of(scope).RegisterAsync(scope, request, cancellationToken);

    public Task<RegistrationToken> CreateTokenAsync(RunnerScope scope, CancellationToken cancellationToken) => Of(scope).CreateTokenAsync(scope, cancellationToken);

    public Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken) => Of(scope).RemoveAsync(scope, id, cancellationToken);

    public Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken) => Of(scope).FindAsync(scope, id, cancellationToken);

    public Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken) => Of(scope).ListAsync(scope, maxAge, cancellationToken);

    public Task<RunnerList> ListInBackgroundAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken) =>
        Of(scope).ListInBackgroundAsync(scope, maxAge, cancellationToken);

    private IRunnerRegistry Of(RunnerScope scope) => registries[scope.Target.Forge];
}
