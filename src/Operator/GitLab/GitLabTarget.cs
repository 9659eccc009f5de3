using System.Diagnostics.CodeAnalysis;
using Operator.Forges;

namespace Operator.GitLab;

/// <summary>What runners serve.</summary>
internal enum GitLabTargetKind
{
    Project,
    Group,
    Instance,
}

/// <summary>Where runners are created at a GitLab, from <c>spec.gitlab</c>. Paths are compared ignoring case, as GitLab does.</summary>
internal sealed class GitLabTarget : ForgeTarget
{
    private GitLabTarget(GitLabTargetKind kind, Uri root, string path)
    {
        (Kind, Path) = (kind, path);
        Site = root.GetLeftPart(UriPartial.Authority) + "/";
        Root = root;
        WebUrl = path.Length == 0 ? root : new Uri(root, path);
        ApiBase = new Uri(root, "api/v4/");
    }

    /// <summary>The kind.</summary>
    public GitLabTargetKind Kind { get; }

    /// <summary>The full path of the project or group; empty for an instance.</summary>
    public string Path { get; }

    /// <summary>The URL of the GitLab, ending in a slash.</summary>
    public Uri Root { get; }

    public override ForgeKind Forge => ForgeKind.GitLab;

    public override string Site { get; }

    public override Uri WebUrl { get; }

    public override Uri ApiBase { get; }

    public override string CredentialKeys => GitLabCredentials.TokenKey;

    /// <summary>Reads the fields of a spec.</summary>
    /// <param name="url">The URL of the GitLab.</param>
    /// <param name="group">The group's full path; null for none.</param>
    /// <param name="project">The project's full path; null for none.</param>
    /// <param name="target">The target, if it can be read.</param>
    /// <param name="problem">Otherwise what is wrong, and what to write.</param>
    public static bool TryCreate(
        string? url, string? group, string? project, [NotNullWhen(true)] out GitLabTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        problem = group is not null && project is not null ? "give spec.gitlab.group or spec.gitlab.project, not both" : ProblemOf(url, out var root) ?? ProblemOfPath(group ?? project, isProject: project is not null);
        if (problem is null)
        {
            root = new Uri(url!.Trim().TrimEnd('/') + "/");
            target = new(project is not null ? GitLabTargetKind.Project : group is not null ? GitLabTargetKind.Group : GitLabTargetKind.Instance, root, project ?? group ?? "");
        }

        return target is not null;
    }

    public override bool TryReadCredentials(
        IReadOnlyDictionary<string, byte[]> data, [NotNullWhen(true)] out ForgeCredentials? credentials, [NotNullWhen(false)] out string? problem)
    {
        credentials = GitLabCredentials.Read(data, out problem);
        return credentials is not null;
    }

    /// <summary>Whether jobs of a project may run on runners that are created here.</summary>
    /// <param name="project">The project's full path.</param>
    public bool Covers(string project) => Kind switch
    {
        GitLabTargetKind.Project => project.Equals(Path, StringComparison.OrdinalIgnoreCase),
        GitLabTargetKind.Group => project.StartsWith(Path + "/", StringComparison.OrdinalIgnoreCase),
        _ => true,
    };

    public override bool Equals(ForgeTarget? other) =>
        other is GitLabTarget target && Kind == target.Kind && ApiBase == target.ApiBase && string.Equals(Path, target.Path, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => HashCode.Combine(Kind, ApiBase, StringComparer.OrdinalIgnoreCase.GetHashCode(Path));

    private static string? ProblemOf(string? url, out Uri? root)
    {
        if (!Uri.TryCreate(url?.Trim(), UriKind.Absolute, out root) || root.Scheme is not ("https" or "http") || root.Host.Length == 0)
        {
            return $"'{url}' is not an http(s) URL: use that of the GitLab, for example https://gitlab.com";
        }

        return root.UserInfo.Length > 0 ? "the URL contains a user name or password: remove it and put the token into the credentials secret"
            : root.Query.Length > 0 || root.Fragment.Length > 0 ? $"'{root}' has a query or a fragment: remove it"
            : root.Scheme == "http" && !root.IsLoopback ? $"'{root}' would send credentials unencrypted: use https://{root.Authority}{root.AbsolutePath}"
            : root.Host.Equals("gitlab.com", StringComparison.OrdinalIgnoreCase) && root.AbsolutePath != "/" ? "write https://gitlab.com, and the rest into spec.gitlab.group or spec.gitlab.project"
            : null;
    }

    private static string? ProblemOfPath(string? path, bool isProject)
    {
        var parts = (path ?? "a/b").Split('/');
        return parts.Length < (isProject ? 2 : 1) || parts.Any(part => part.Length == 0 || part is "." or ".." || part.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')))
            ? $"'{path}' is not the full path of a {(isProject ? "project, such as my-group/app" : "group, such as my-group/my-subgroup")}"
            : null;
    }
}
