using System.Text.RegularExpressions;
using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>The repository of a job.</summary>
/// <param name="Host">Scheme, host and port of its GitHub, such as <c>https://github.com</c>.</param>
/// <param name="Repository">Owner and name, such as <c>my-org/app</c>.</param>
/// <param name="Enterprise">The enterprise, if GitHub names one.</param>
internal sealed partial record JobSite(string Host, string Repository, string? Enterprise)
{
    /// <summary>Reads the site of a repository, or null when it is malformed.</summary>
    public static JobSite? From(GitHubRepository? repository, string? enterprise) =>
        repository is { FullName: { } name } && IsRepository(name)
        && Uri.TryCreate(repository.HtmlUrl, UriKind.Absolute, out var page)
            ? new(page.GetLeftPart(UriPartial.Authority), name, enterprise)
            : null;

    /// <summary>The site of a repository that runners registered at a target may serve.</summary>
    public static JobSite At(GitHubTarget target, string repository) =>
        new(target.WebUrl.GetLeftPart(UriPartial.Authority), repository, target.Kind == GitHubTargetKind.Enterprise ? target.Owner : null);

    /// <summary>Whether a text is the owner and name of a repository; it is used in URLs.</summary>
    public static bool IsRepository(string text) => RepositoryPattern().IsMatch(text);

    /// <summary>Whether a target is on the job's host.</summary>
    public bool IsAtHostOf(GitHubTarget target) =>
        string.Equals(target.WebUrl.GetLeftPart(UriPartial.Authority), Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether runners registered at a target may serve jobs of this repository.</summary>
    public bool IsBelow(GitHubTarget target) =>
        IsAtHostOf(target)
        && target.Kind switch
        {
            GitHubTargetKind.Repository => Same($"{target.Owner}/{target.Repository}", Repository),
            GitHubTargetKind.Organization => Same(target.Owner, Repository[..Repository.IndexOf('/', StringComparison.Ordinal)]),
            _ => Enterprise is not null && Same(target.Owner, Enterprise),
        };

    [GeneratedRegex(@"^(?!\.{1,2}/)[A-Za-z0-9_.-]{1,100}/(?!\.{1,2}\z)[A-Za-z0-9_.-]{1,100}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RepositoryPattern();

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
