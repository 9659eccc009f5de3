using System.CommandLine;
using Operator.Aws;
using Operator.GitHub;
using Operator.Hosting;

namespace Operator.Commands.Cleanup;

/// <summary><c>operator cleanup</c>: removes what is left when the operator, or its objects, are already gone.</summary>
internal static class CleanupCommand
{
    private static readonly Option<string> ClusterId = new Option<string>("--cluster-id")
    {
        Description = "The cluster to clean up: the operator's --cluster-id, or the UID of the cluster's namespace kube-system.",
        Required = true,
    }.MustBe(ArgumentRules.IsClusterId, "an id of 1 to 64 letters, digits, dots, hyphens and underscores");

    private static readonly Option<string[]> Regions = new Option<string[]>("--region")
    {
        Description = "A region to search; may be repeated. Defaults to AWS_REGION.",
        DefaultValueFactory = _ => [],
    }.MustBe(ArgumentRules.IsRegion, "a region such as eu-central-1");

    private static readonly Option<string?> AssumeRole = new Option<string?>("--assume-role") { Description = "The role to assume first, for another account." }
        .MustBe(ArgumentRules.IsRoleArn, "the ARN of a role");

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only print what would be removed." };

    private static readonly Option<string?> GitHubUrl = new("--github-url")
    {
        Description = "Where the runners are registered: also removes registrations. Credentials come from --credentials-secret, GITHUB_TOKEN, "
            + "or GITHUB_APP_ID, GITHUB_APP_INSTALLATION_ID and GITHUB_APP_PRIVATE_KEY.",
    };

    private static readonly Option<string?> Secret = new Option<string?>("--credentials-secret") { Description = "A Secret that is still in the cluster, as namespace/name." }
        .MustBe(ArgumentRules.IsNamespacedName, "namespace/name");

    private static readonly Option<string[]> PoolUids = new("--pool-uid")
    {
        Description = "The UID of a pool without machines or templates, to find its registrations; may be repeated.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> ScaleSets = new("--scale-set")
    {
        Description = "A scale set to remove (the name of its pool); may be repeated.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string> RunnerGroup = new("--runner-group")
    {
        Description = "The scale sets' runner group.",
        DefaultValueFactory = _ => "default",
    };

    public static Command Create()
    {
        var command = new Command(
            "cleanup", "Terminate a cluster's machines, including busy ones, and remove its Auto Scaling groups, launch templates, instance commands and registrations, after the operator is gone.")
        {
            ClusterId, Regions, AssumeRole, DryRun, GitHubUrl, Secret, PoolUids, ScaleSets, RunnerGroup, ClusterArguments.GitHubHosts, ClusterArguments.AllowLoopback, ClusterArguments.Kubeconfig, ClusterArguments.Context,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var dependencies = ClusterArguments.Dependencies(parsed);
        var regions = parsed.GetValue(Regions) is { Length: > 0 } named ? named : [null!];
        var options = new CleanupOptions
        {
            Cluster = new(parsed.GetValue(ClusterId)!),
            Accounts = [.. regions.Select(region => new AwsAccount(region, parsed.GetValue(AssumeRole)))],
            IsDryRun = parsed.GetValue(DryRun),
            GitHub = parsed.GetValue(GitHubUrl) is { } url ? await ScopeAsync(url, parsed, dependencies, cancellationToken) : null,
            PoolUids = parsed.GetValue(PoolUids)!,
            ScaleSets = parsed.GetValue(ScaleSets)!,
        };
        return await CleanupRun.CleanAsync(options, dependencies, parsed.InvocationConfiguration.Output, cancellationToken);
    }

    private static async Task<GitHubScope> ScopeAsync(string url, ParseResult parsed, OperatorDependencies dependencies, CancellationToken cancellationToken)
    {
        var (target, credentials) = await GitHubArguments.ReadAsync(
            url, "--github-url", parsed.GetValue(Secret) is { } secret ? NamespacedName.Parse(secret) : null, parsed, dependencies, cancellationToken);
        return new(target, credentials, parsed.GetValue(RunnerGroup)!);
    }
}
