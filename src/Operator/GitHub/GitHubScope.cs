using Operator.Forges;

namespace Operator.GitHub;

/// <summary>Where a pool's runners are registered at GitHub.</summary>
/// <param name="Target">Repository, organization or enterprise.</param>
/// <param name="Credentials">The pool's credentials.</param>
/// <param name="RunnerGroup">The group's name; <c>default</c> for the default one.</param>
internal sealed record GitHubScope(GitHubTarget Target, GitHubCredentials Credentials, string RunnerGroup) : RunnerScope
{
    public override GitHubTarget Target { get; } = Target;

    public override GitHubCredentials Credentials { get; } = Credentials;

    public override bool RegistrationsEndWithTheirJob => true;

    public override GitHubScope? At(string? url) =>
        url is null ? this
        : GitHubTarget.TryParse(url, out var other, out _) && other.IsAtHostOf(Target) ? At(other)
        : null;

    /// <summary>The same at another target.</summary>
    public GitHubScope At(GitHubTarget target) => new(target, Credentials, RunnerGroup);
}
