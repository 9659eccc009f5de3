using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.ScaleSets;

namespace Operator.Commands.Cleanup;

/// <summary>
/// Removes a cluster's external resources when the operator and its objects no longer exist: registrations first, so that idle runners take
/// no more jobs, then groups, machines, commands and templates.
/// </summary>
internal sealed class Cleaner(
    AwsLeftovers aws,
    IRunnerRegistry registry,
    IScaleSetConnections scaleSets,
    RemovalLog log)
{
    public async Task<int> CleanAsync(CleanupOptions options, CancellationToken cancellationToken)
    {
        var found = new List<FoundAccount>();
        foreach (var account in options.Accounts)
        {
            found.Add(await aws.FindAsync(account, cancellationToken));
        }

        if (options.GitHub is { } scope)
        {
            var poolUids = found.SelectMany(resources => resources.PoolUids).Concat(options.PoolUids).Distinct(StringComparer.Ordinal).ToList();
            await CleanGitHubAsync(scope, options, poolUids, cancellationToken);
        }

        foreach (var resources in found)
        {
            await aws.CleanAsync(resources, cancellationToken);
        }

        await log.SumAsync();
        return log.ExitCode;
    }

    private async Task CleanGitHubAsync(
        GitHubScope scope, CleanupOptions options, IReadOnlyList<string> poolUids, CancellationToken cancellationToken)
    {
        var runners = await log.FindAsync<RegisteredRunner>($"registrations at {scope.Target}", async () =>
            [.. (await registry.ListInBackgroundAsync(scope, TimeSpan.Zero, cancellationToken)).ById.Values
                .Where(runner => RunnerNames.IsOurs(options.Cluster.Id, poolUids, runner.Name) is not null)]);
        foreach (var runner in runners)
        {
            await log.RemoveAsync($"registration {runner.Name}", () => RemoveAsync(scope, runner, cancellationToken));
        }

        var client = scaleSets.Get(scope.Target, scope.Credentials);
        foreach (var name in options.ScaleSets)
        {
            var scaleSet = await log.FindAsync<ScaleSet>($"scale set {name}", async () =>
                await client.FindRunnerGroupAsync(scope.RunnerGroup, cancellationToken) is { } group
                && await client.FindAsync(group, name, cancellationToken) is { } known ? [known] : []);
            foreach (var own in scaleSet)
            {
                await log.RemoveAsync($"scale set {own.Name} (id {own.Id})", () => client.DeleteAsync(own.Id, cancellationToken));
            }
        }
    }

    private async Task RemoveAsync(GitHubScope scope, RegisteredRunner runner, CancellationToken cancellationToken)
    {
        if (await registry.RemoveAsync(scope, runner.Id, cancellationToken) == RemovalOutcome.Busy)
        {
            throw new ProviderException("RunnersLeft", "it is running a job; GitHub removes it some time after its machine is gone");
        }
    }
}
