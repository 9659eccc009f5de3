using Microsoft.Extensions.Logging.Abstractions;
using Operator.Clients.Aws;
using Operator.Clients.GitHub;
using Operator.Clients.GitHub.ScaleSets;
using Operator.Hosting;
using Operator.Metrics;
using Operator.Providers.Instances;
using Operator.Providers.LaunchTemplates;
using Operator.Providers.Mailboxes;
using Operator.Providers.Registrations;

namespace Operator.Cleanup;

/// <summary>Puts the parts together that a clean-up needs: those of the operator, without a cluster.</summary>
internal static class CleanupRun
{
    /// <summary>Removes what is there, and tells so line by line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> CleanAsync(CleanupOptions options, OperatorSeams seams, TextWriter output, CancellationToken cancellationToken)
    {
        var metrics = new OperatorMetrics();
        using var aws = new AwsClientFactory(seams.AwsOptions(metrics.Api));
        using var gitHub = new GitHubConnections(seams.Time, NullLogger<GitHubConnections>.Instance, seams.WrapFor("github", metrics.Api));
        using var scaleSets = new ScaleSetConnections(gitHub, seams.Time, NullLogger<ScaleSetConnections>.Instance, seams.WrapFor("github", metrics.Api));
        var cleaner = new Cleaner(
            new Ec2InstanceProvider(aws, options.Cluster, seams.Time),
            new Ec2LaunchTemplateProvider(aws, options.Cluster),
            new SsmMailbox(aws, options.Cluster, seams.Time),
            new GitHubRunnerRegistry(gitHub, seams.Time),
            scaleSets,
            new RemovalLog(output, options.IsDryRun));
        return await cleaner.CleanAsync(options, cancellationToken);
    }
}
