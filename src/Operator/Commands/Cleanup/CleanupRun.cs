using Microsoft.Extensions.Logging.Abstractions;
using Operator.Aws.Clients;
using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Mailboxes;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Hosting;
using Operator.Observability;

namespace Operator.Commands.Cleanup;

/// <summary>Assembles what a clean-up needs from the operator's components, without a cluster.</summary>
internal static class CleanupRun
{
    /// <summary>Removes the resources and prints a line for each.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> CleanAsync(CleanupOptions options, OperatorDependencies dependencies, TextWriter output, CancellationToken cancellationToken)
    {
        var metrics = new OperatorMetrics();
        using var aws = new AwsClientFactory(dependencies.AwsOptions(metrics.Api) with { ExternalId = options.Cluster.Id });
        var addresses = options.GitHub is { } named ? dependencies.GitHub with { Named = GitHubHosts.From(named.Target) } : dependencies.GitHub;
        using var gitHub = new GitHubConnections(
            dependencies.Time, NullLogger<GitHubConnections>.Instance, dependencies.WrapFor("github", metrics.Api), addresses: addresses);
        using var scaleSets = new ScaleSetConnections(
            gitHub, dependencies.Time, NullLogger<ScaleSetConnections>.Instance, dependencies.WrapFor("github", metrics.Api), addresses: addresses);
        var log = new RemovalLog(output, options.IsDryRun);
        var leftovers = new AwsLeftovers(
            new Ec2InstanceProvider(aws, options.Cluster, dependencies.Time),
            new OwnedGroups(aws, options.Cluster),
            new Ec2LaunchTemplateProvider(aws, options.Cluster),
            new SsmMailbox(aws, options.Cluster, dependencies.Time),
            log);
        var cleaner = new Cleaner(leftovers, new GitHubRunnerRegistry(gitHub, new(dependencies.Time), dependencies.Time), scaleSets, log);
        return await cleaner.CleanAsync(
            options with { Accounts = [.. options.Accounts.Select(account => account with { Region = account.Region ?? aws.DefaultRegion })] }, cancellationToken);
    }
}
