using Operator.GitHub.Registrations;
using Operator.Leases;

namespace Operator.Commands.Doctor.GitHub;

/// <summary>What the checks of a pool's place at GitHub have in common.</summary>
internal abstract class GitHubCheck(string name, PoolScopes scopes) : ICheck<PoolSubject>
{
    public string Area => "github";

    public string Name => name;

    public virtual bool IsFundamental => false;

    public virtual bool Concerns(PoolSubject subject) => true;

    public async Task<CheckResult> LookAsync(PoolSubject subject, CancellationToken cancellationToken) =>
        await LookAsync(subject, await scopes.OfAsync(subject.Pool, cancellationToken), cancellationToken);

    protected abstract Task<CheckResult> LookAsync(PoolSubject subject, RunnerScope scope, CancellationToken cancellationToken);
}
