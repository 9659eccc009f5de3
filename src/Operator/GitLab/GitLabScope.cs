using Operator.Forges;

namespace Operator.GitLab;

/// <summary>Where a pool's runners are created at a GitLab, and what they are given.</summary>
/// <param name="Target">Project, group or instance.</param>
/// <param name="Credentials">The pool's credentials.</param>
internal sealed record GitLabScope(GitLabTarget Target, GitLabCredentials Credentials) : RunnerScope
{
    public override GitLabTarget Target { get; } = Target;

    public override GitLabCredentials Credentials { get; } = Credentials;

    /// <summary>A runner stays after its job until it is deleted, and a person may delete one that runs a job.</summary>
    public override bool RegistrationsEndWithTheirJob => false;

    /// <summary>Whether its runners take jobs without tags.</summary>
    public bool RunUntagged { get; init; }

    /// <summary>Whether a project's runners may not be assigned to further projects.</summary>
    public bool Locked { get; init; } = true;

    /// <summary>Whether they take only jobs of protected refs.</summary>
    public bool Protected { get; init; }

    /// <summary>Runners are found by id, wherever in the same GitLab they were created.</summary>
    public override GitLabScope? At(string? url) =>
        url is null || (url.TrimEnd('/') + "/").StartsWith(Target.Root.AbsoluteUri, StringComparison.OrdinalIgnoreCase) ? this : null;
}
