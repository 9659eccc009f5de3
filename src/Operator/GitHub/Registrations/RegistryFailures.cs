using Operator.Forges;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <summary>Translates GitHub's failures for conditions: a reason, and what to do.</summary>
internal static class RegistryFailures
{
    public static RegistryException From(ForgeTarget target, GitHubApiException exception) =>
        new(exception.Reason, $"{target}: {exception.Message}; {exception.Remedy}", exception)
        {
            IsPermanent = GitHubErrors.NeedsAChange(exception.Reason),
            IsUnreachable = exception.Reason == GitHubErrors.Unreachable,
            HasMoved = exception.Reason == GitHubErrors.Moved,
            IsNotFound = exception.Reason == GitHubErrors.NotFound,
            RetryAfter = (exception as GitHubRateLimitedException)?.RetryAfter,
        };

    public static RegistryException GroupNotFound(GitHubTarget target, string group)
    {
        var remedy = target.HasRunnerGroups
            ? $"create it at {target.WebUrl}, or correct spec.github.runnerGroup"
            : "a repository has no groups: remove spec.github.runnerGroup, or use the organization's URL";
        return new(GitHubRunnerRegistry.RunnerGroupNotFound, $"{target}: the runner group '{group}' does not exist; {remedy}") { IsPermanent = true };
    }
}
