using System.CommandLine;
using System.Text;
using Operator.GitHub;
using Operator.Hosting;
using Operator.Observability;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Commands;

/// <summary>A place at GitHub and its credentials, for commands that need no operator.</summary>
internal static class GitHubArguments
{
    // The Secret's keys in upper case.
    private static readonly string[] Variables = ["github_token", "github_app_id", "github_app_installation_id", "github_app_private_key"];

    /// <summary>The place and the credentials, from a Secret or the environment.</summary>
    /// <param name="url">Where.</param>
    /// <param name="option">What the user gave the URL by, for errors.</param>
    /// <param name="secret">A Secret in the cluster; null for the environment.</param>
    /// <param name="parsed">Which cluster, and to which hosts credentials may be sent.</param>
    /// <param name="dependencies">How to connect.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">Something is missing or invalid.</exception>
    public static async Task<(GitHubTarget Target, GitHubCredentials Credentials)> ReadAsync(
        string url, string option, NamespacedName? secret, ParseResult parsed, OperatorDependencies dependencies, CancellationToken cancellationToken)
    {
        if (!GitHubTarget.TryParse(url, out var target, out var problem))
        {
            throw new CommandException($"{option}: {problem}");
        }

        if (!GitHubHosts.Parse(parsed.GetValue(ClusterArguments.GitHubHosts)).Allow(target))
        {
            throw new CommandException($"{option}: --github-hosts does not name the host of {target}");
        }

        var data = secret is { } name
            ? await ReadSecretAsync(name, parsed, dependencies, cancellationToken)
            : Variables.Select(key => (Key: key, Text: ClusterArguments.Variable(key.ToUpperInvariant())))
                .Where(pair => pair.Text is not null).ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Text!));
        return GitHubCredentials.TryParse(data, out var credentials, out problem)
            ? (target, credentials)
            : throw new CommandException($"no credentials for {target}: {problem} (as environment variables in capitals)");
    }

    private static async Task<IReadOnlyDictionary<string, byte[]>> ReadSecretAsync(
        NamespacedName name, ParseResult parsed, OperatorDependencies dependencies, CancellationToken cancellationToken)
    {
        using var client = OperatorProcess.Connect(ClusterArguments.Read(parsed), dependencies, new OperatorMetrics());
        return (await client.GetAsync<V1Secret>(name, cancellationToken) ?? throw new CommandException($"there is no Secret {name}")).Entries();
    }
}
