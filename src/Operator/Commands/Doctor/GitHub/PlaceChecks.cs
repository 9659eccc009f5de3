using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Hosting;
using Operator.Leases;
using Operator.Reruns;
using Operator.Settings;

namespace Operator.Commands.Doctor.GitHub;

/// <summary>The Secret exists and contains complete credentials of one kind.</summary>
internal sealed class SecretCheck(PoolScopes scopes) : GitHubCheck("secret", scopes)
{
    public override bool IsFundamental => true;

    protected override Task<CheckResult> RunAsync(PoolSubject subject, GitHubScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(CheckResult.Ok($"{subject.Pool.Spec.GitHub?.CredentialsSecretName}: {scope.Credentials}"));
}

/// <summary>GitHub accepts the credentials, and allows access to the target and management of its runners.</summary>
internal sealed class AccessCheck(PoolScopes scopes, IGitHubConnections connections) : GitHubCheck("access", scopes)
{
    public override bool IsFundamental => true;

    protected override async Task<CheckResult> RunAsync(PoolSubject subject, GitHubScope scope, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        var runners = await client.ListRunnersAsync(scope.Target, cancellationToken);

        // Listing needs only read permission; this needs the same permission as a registration.
        await client.CreateRegistrationTokenAsync(scope.Target, cancellationToken);
        return CheckResult.Ok($"may manage the runners of {scope.Target} ({runners.Count} now)");
    }
}

/// <summary>The runner group exists.</summary>
internal sealed class RunnerGroupCheck(PoolScopes scopes, IGitHubConnections connections) : GitHubCheck("runner group", scopes)
{
    protected override async Task<CheckResult> RunAsync(PoolSubject subject, GitHubScope scope, CancellationToken cancellationToken)
    {
        var id = await connections.Get(scope.Target, scope.Credentials).FindRunnerGroupIdAsync(scope.Target, scope.RunnerGroup, cancellationToken);
        return id is null ? CheckResult.Failed(ExpectedErrors.TextOf(RegistryFailures.GroupNotFound(scope.Target, scope.RunnerGroup))!) : CheckResult.Ok($"{scope.RunnerGroup} (id {id})");
    }
}

/// <summary>The Actions service accepts the operator, and the scale set with the pool's name is its own.</summary>
internal sealed class ScaleSetCheck(PoolScopes scopes, IScaleSetConnections connections) : GitHubCheck("scale set", scopes)
{
    public override bool Concerns(PoolSubject subject) => PoolTargets.DemandOf(subject.Pool.Spec) == DemandSource.ScaleSet;

    protected override async Task<CheckResult> RunAsync(PoolSubject subject, GitHubScope scope, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        ScaleSet? found;
        try
        {
            var group = await client.FindRunnerGroupAsync(scope.RunnerGroup, cancellationToken);
            found = group is { } known ? await client.FindAsync(known, subject.Pool.Metadata.Name!, cancellationToken) : null;
        }
        catch (GitHubApiException e) when (e.Reason is GitHubErrors.NotFound or GitHubErrors.Forbidden)
        {
            return CheckResult.Failed($"the scale-set service denies access ({e.Message}); GitHub Enterprise Server needs 3.9 or newer, an App the "
                + "permission to manage self-hosted runners; or use demand: Webhook");
        }

        return (subject.Pool.Status?.ScaleSet, found) switch
        {
            (null, null) => CheckResult.Ok("the service answers; the operator will create the scale set"),
            ({ Id: { } id }, { } own) when own.Id == id => CheckResult.Ok($"{own.Name} (id {id})"),
            ({ } noted, null) => CheckResult.Warning($"{noted.Name} was removed at GitHub; the running operator will recreate it"),
            (_, { } other) => subject.Pool.Status?.ScaleSet is { Id: null }
                ? CheckResult.Ok($"{other.Name} (id {other.Id}) is being created")
                : CheckResult.Failed($"the scale set '{other.Name}' (id {other.Id}) is not this pool's; {GitHubErrors.RemedyOf(GitHubErrors.ScaleSetTaken)}, "
                    + $"or annotate the pool with {Annotations.AdoptScaleSet}=true"),
        };
    }
}

/// <summary>Lost jobs can be rerun: the credential may write Actions.</summary>
internal sealed class RerunCheck(PoolScopes scopes, IGitHubConnections connections) : GitHubCheck("reruns", scopes)
{
    /// <summary>GitHub checks permissions first, and at most its very first run has this id, which has completed.</summary>
    private const long NoRun = 1;

    public override bool Concerns(PoolSubject subject) => (subject.Pool.Spec.Rerun.Limit ?? 1) > 0;

    protected override async Task<CheckResult> RunAsync(PoolSubject subject, GitHubScope scope, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        if (await client.ListRepositoriesAsync(scope.Target, cancellationToken) is not [var repository, ..])
        {
            return CheckResult.Ok("not checked: no repository is visible");
        }

        try
        {
            await client.RequestAsync(repository.FullName, RunRequest.Cancel, NoRun, cancellationToken);
        }
        catch (GitHubApiException e) when (e.Reason == GitHubErrors.Forbidden)
        {
            return CheckResult.Warning($"jobs lost with their machines cannot be rerun ({e.Message}): {RerunActuator.Remedy}");
        }
        catch (GitHubApiException e) when (e.Reason is GitHubErrors.NotFound or GitHubErrors.UnexpectedAnswer or GitHubErrors.InvalidRequest)
        {
            // There is no such run, or it has completed: the permission exists.
        }

        return CheckResult.Ok("may cancel and rerun workflow runs");
    }
}
