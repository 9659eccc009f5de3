using Operator.GitHub;
using Operator.Leases;

namespace Operator.Commands.Doctor.GitHub;

/// <summary>Base class for checks of a pool's GitHub target.</summary>
internal abstract class GitHubCheck(string name, PoolScopes scopes) : ICheck<PoolSubject>
{
    public string Area => "github";

    public string Name => name;

    public virtual bool IsFundamental => false;

    public virtual bool Concerns(PoolSubject subject) => subject.Pool.Spec.GitHub is not null;

    public async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken) =>
        await RunAsync(subject, await scopes.ReadGitHubAsync(subject.Pool, cancellationToken), cancellationToken);

    protected abstract Task<CheckResult> RunAsync(PoolSubject subject, GitHubScope scope, CancellationToken cancellationToken);
}
