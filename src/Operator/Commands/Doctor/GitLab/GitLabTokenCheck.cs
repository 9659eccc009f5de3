using System.Globalization;
using Operator.GitHub.Rest;
using Operator.GitLab;
using Operator.GitLab.Rest;
using Operator.Leases;

namespace Operator.Commands.Doctor.GitLab;

/// <summary>The pool's token is accepted, has the scopes it needs, and does not end soon: without it no new machine gets a runner.</summary>
internal sealed class GitLabTokenCheck(PoolScopes scopes, IGitLabConnections connections, TimeProvider timeProvider) : ICheck<PoolSubject>
{
    private static readonly string[] Needed = ["create_runner", "manage_runner", "read_api"];
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    public string Area => "gitlab";

    public string Name => "token";

    public bool Concerns(PoolSubject subject) => subject.Pool.Spec.GitLab is not null;

    public async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var scope = (GitLabScope)await scopes.ReadAsync(subject.Pool, cancellationToken);
        var client = connections.Get(scope.Target, scope.Credentials);
        try
        {
            var token = await client.GetTokenAsync(scope.Target, cancellationToken);
            var runners = await client.ListRunnersAsync(scope.Target, search: null, GitHubPriority.Low, cancellationToken);
            return ResultFor(token, timeProvider.GetUtcNow()) ?? CheckResult.Ok($"may read {scope.Target} ({runners.Count} runners now){(token?.ExpiresAt is { } end ? $", until {end}" : "")}");
        }
        catch (GitLabApiException e)
        {
            return CheckResult.Failed(ErrorText.Stable($"{scope.Target}: {e.Message}; {e.Remedy}"));
        }
    }

    /// <summary>What is wrong with a token; null for nothing.</summary>
    internal static CheckResult? ResultFor(GitLabTokenInfo? token, DateTimeOffset now)
    {
        var missing = token is null || token.Scopes.Contains("api", StringComparer.Ordinal) ? [] : Needed.Except(token.Scopes, StringComparer.Ordinal).ToList();
        return missing.Count > 0
            ? CheckResult.Failed($"the token lacks the scope {string.Join(" and ", missing)}: make one with create_runner, manage_runner and read_api")
            : DateTimeOffset.TryParse(token?.ExpiresAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) && end - now < Soon
            ? CheckResult.Warning($"the token ends on {token!.ExpiresAt}: replace it before, or no new machine gets a runner")
            : null;
    }
}
