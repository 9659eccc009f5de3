using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Operator.Forges;

namespace Operator.GitHub;

/// <summary>What runners can be registered with.</summary>
internal enum GitHubTargetKind
{
    Repository,
    Organization,
    Enterprise,
}

/// <summary>
/// Where runners are registered and which API serves it, parsed from <c>spec.github.url</c>. Targets are compared ignoring case, as GitHub
/// does.
/// </summary>
internal sealed partial class GitHubTarget : ForgeTarget
{
    // First path segments of GitHub's own pages, which look like an owner in a URL copied from the browser.
    private static readonly string[] ReservedOwners = ["orgs", "organizations", "settings", "users", "api", "apps"];

    private GitHubTarget(GitHubTargetKind kind, Uri site, string[] names)
    {
        (Kind, Site) = (kind, site.AbsoluteUri);
        Owner = names[0];
        Repository = names.Length > 1 ? names[1] : null;
        WebUrl = new Uri(site, (kind == GitHubTargetKind.Enterprise ? "enterprises/" : "") + string.Join('/', names));
        ApiBase = ApiOf(site);
        Path = kind switch
        {
            GitHubTargetKind.Repository => $"repos/{Owner}/{Repository}",
            GitHubTargetKind.Organization => $"orgs/{Owner}",
            _ => $"enterprises/{Owner}",
        };
    }

    /// <summary>The kind.</summary>
    public GitHubTargetKind Kind { get; }

    /// <summary>The organization, the enterprise, or the owner of the repository.</summary>
    public string Owner { get; }

    /// <summary>The repository's name without its owner, for a repository.</summary>
    public string? Repository { get; }

    public override ForgeKind Forge => ForgeKind.GitHub;

    public override string Site { get; }

    public override Uri WebUrl { get; }

    public override Uri ApiBase { get; }

    public override string CredentialKeys => "github_token, or with github_app_id, github_app_installation_id and github_app_private_key";

    /// <summary>Its path below <see cref="ApiBase"/>: <c>repos/o/r</c>, <c>orgs/o</c> or <c>enterprises/e</c>.</summary>
    public string Path { get; }

    /// <summary>Whether runner groups exist here; a repository has none.</summary>
    public bool HasRunnerGroups => Kind != GitHubTargetKind.Repository;

    /// <summary>Parses the URL of an enterprise, organization or repository.</summary>
    /// <param name="url">The user's text.</param>
    /// <param name="target">The target, if it can be parsed.</param>
    /// <param name="problem">Otherwise what is wrong, and what to write.</param>
    public static bool TryParse(
        string? url, [NotNullWhen(true)] out GitHubTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        problem = null;
        if (!Uri.TryCreate(url?.Trim(), UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.Host.Length == 0)
        {
            problem = $"'{url}' is not an http(s) URL: use the one shown in the browser, for example https://github.com/my-org";
            return false;
        }

        problem = ProblemOfAddress(uri);
        if (problem is null)
        {
            var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
            target = FromParts(SiteOf(uri), parts, out problem);
        }

        return target is not null;
    }

    public override bool TryReadCredentials(
        IReadOnlyDictionary<string, byte[]> data, [NotNullWhen(true)] out ForgeCredentials? credentials, [NotNullWhen(false)] out string? problem)
    {
        var isRead = GitHubCredentials.TryParse(data, out var read, out problem);
        credentials = read;
        return isRead;
    }

    public override bool Equals(ForgeTarget? other) =>
        other is GitHubTarget target && ApiBase == target.ApiBase && string.Equals(Path, target.Path, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => HashCode.Combine(ApiBase, StringComparer.OrdinalIgnoreCase.GetHashCode(Path));

    private static string? ProblemOfAddress(Uri uri)
    {
        if (uri.UserInfo.Length > 0)
        {
            return "the URL contains a user name or password: remove it and put the token into the credentials secret";
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            return $"'{uri}' has a query or a fragment: remove everything from '{(uri.Query + uri.Fragment)[0]}'";
        }

        if (uri.Host.StartsWith("api.", StringComparison.OrdinalIgnoreCase) && IsHosted(uri.Host["api.".Length..]))
        {
            return $"'{uri.Host}' is the URL of the API: use that of the page, https://{uri.Host["api.".Length..]}/...";
        }

        return IsHosted(uri.Host) && (uri.Scheme != "https" || !uri.IsDefaultPort)
            ? $"{uri.Host} is available only over https on the default port: use https://{uri.Host}{uri.AbsolutePath}"
            : uri.Scheme == "http" && !uri.IsLoopback
            ? $"'{uri}' would send credentials unencrypted: use https://{uri.Authority}{uri.AbsolutePath}"
            : null;
    }

    private static GitHubTarget? FromParts(Uri site, string[] parts, out string? problem)
    {
        var isEnterprise = parts.Length > 0 && parts[0].Equals("enterprises", StringComparison.OrdinalIgnoreCase);
        var names = isEnterprise ? parts[1..] : parts;
        var most = isEnterprise ? 1 : 2;
        problem = names switch
        {
            [] when isEnterprise => $"the enterprise's name is missing: use {site}enterprises/my-enterprise",
            [] => $"the URL names no organization: use {site}my-org, {site}my-org/my-repo or {site}enterprises/my-enterprise",
            _ when !isEnterprise && ReservedOwners.Contains(names[0], StringComparer.OrdinalIgnoreCase) =>
                $"'{names[0]}' is one of GitHub's own pages, not an organization: use {site}my-org or {site}my-org/my-repo",
            _ when names.Length > most => $"the URL continues after '{string.Join('/', parts[..(parts.Length - names.Length + most)])}': "
                + $"remove the rest ({site}{string.Join('/', parts[..(parts.Length - names.Length + most)])})",
            _ when names.FirstOrDefault(name => !NamePattern().IsMatch(name)) is { } bad =>
                $"'{Uri.UnescapeDataString(bad)}' is not a name at GitHub: letters, digits, '-', '_' and '.' are allowed",
            [_, var repository] when repository.EndsWith(".git", StringComparison.OrdinalIgnoreCase) =>
                $"this is the URL to clone from: use {site}{names[0]}/{repository[..^4]}",
            _ => null,
        };
        return problem is not null ? null
            : isEnterprise ? new GitHubTarget(GitHubTargetKind.Enterprise, site, names)
            : new GitHubTarget(names.Length == 1 ? GitHubTargetKind.Organization : GitHubTargetKind.Repository, site, names);
    }

    private static bool IsHosted(string host) =>
        host.Equals("github.com", StringComparison.OrdinalIgnoreCase)
        || host.Equals("www.github.com", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".ghe.com", StringComparison.OrdinalIgnoreCase);

    private static Uri SiteOf(Uri uri) =>
        uri.Host.Equals("www.github.com", StringComparison.OrdinalIgnoreCase)
            ? new Uri("https://github.com/")
            : new Uri(uri.GetLeftPart(UriPartial.Authority) + "/");

    private static Uri ApiOf(Uri site) =>
        IsHosted(site.Host) ? new Uri($"https://api.{site.Host}/") : new Uri(site, "api/v3/");

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,100}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
