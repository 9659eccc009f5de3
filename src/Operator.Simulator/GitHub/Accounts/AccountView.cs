using System.Text.Json.Nodes;

namespace Operator.Simulator.GitHub.Accounts;

/// <summary>Accounts and repositories as the API and webhooks show them.</summary>
internal static class AccountView
{
    private static readonly string[] Collections =
    [
        "archive_url:{archive_format}{/ref}", "assignees_url:assignees{/user}", "blobs_url:git/blobs{/sha}", "branches_url:branches{/branch}",
        "collaborators_url:collaborators{/collaborator}", "comments_url:comments{/number}", "commits_url:commits{/sha}",
        "compare_url:compare/{base}...{head}", "contents_url:contents/{+path}", "contributors_url:contributors", "deployments_url:deployments",
        "downloads_url:downloads", "events_url:events", "forks_url:forks", "git_commits_url:git/commits{/sha}", "git_refs_url:git/refs{/sha}",
        "git_tags_url:git/tags{/sha}", "hooks_url:hooks", "issue_comment_url:issues/comments{/number}", "issue_events_url:issues/events{/number}",
        "issues_url:issues{/number}", "keys_url:keys{/key_id}", "labels_url:labels{/name}", "languages_url:languages", "merges_url:merges",
        "milestones_url:milestones{/number}", "notifications_url:notifications{?since,all,participating}", "pulls_url:pulls{/number}",
        "releases_url:releases{/id}", "stargazers_url:stargazers", "statuses_url:statuses/{sha}", "subscribers_url:subscribers",
        "subscription_url:subscription", "tags_url:tags", "teams_url:teams", "trees_url:git/trees{/sha}",
    ];

    /// <summary>A repository with the addresses of all that belongs to it, as runs and lists show it.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="api">The root of the API.</param>
    public static JsonObject Minimal(RunnerPlace repository, Uri api)
    {
        var (url, web) = ($"{api}{repository.Path}", $"{api.GetLeftPart(UriPartial.Authority)}/{repository.WebPath}");
        var view = new JsonObject
        {
            ["id"] = repository.Id,
            ["node_id"] = $"R_{repository.Id}",
            ["name"] = repository.Name,
            ["full_name"] = repository.WebPath,
            ["private"] = true,
            ["owner"] = User(repository.Parent!.Name, repository.Parent.Id, "Organization", api),
            ["html_url"] = web,
            ["description"] = null,
            ["fork"] = false,
            ["url"] = url,
        };
        foreach (var collection in Collections)
        {
            var colon = collection.IndexOf(':', StringComparison.Ordinal);
            view[collection[..colon]] = $"{url}/{collection[(colon + 1)..]}";
        }

        return view;
    }

    /// <summary>A repository as webhooks show it.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="api">The root of the API.</param>
    public static JsonObject Full(RunnerPlace repository, Uri api)
    {
        var view = Minimal(repository, api);
        var (web, host) = (view["html_url"]!.GetValue<string>(), api.Host);
        foreach (var time in (string[])["created_at", "updated_at", "pushed_at"])
        {
            view[time] = "2026-01-01T00:00:00Z";
        }

        foreach (var count in (string[])["size", "stargazers_count", "watchers_count", "forks_count", "open_issues_count", "forks", "open_issues", "watchers"])
        {
            view[count] = 0;
        }

        foreach (var (flag, value) in ((string, bool)[])[("has_issues", true), ("has_projects", true), ("has_downloads", true), ("has_wiki", true),
            ("has_pages", false), ("has_discussions", false), ("archived", false), ("disabled", false), ("allow_forking", true), ("is_template", false),
            ("web_commit_signoff_required", false)])
        {
            view[flag] = value;
        }

        foreach (var nothing in (string[])["homepage", "language", "mirror_url", "license"])
        {
            view[nothing] = null;
        }

        view["git_url"] = $"git://{host}/{repository.WebPath}.git";
        view["ssh_url"] = $"git@{host}:{repository.WebPath}.git";
        view["clone_url"] = $"{web}.git";
        view["svn_url"] = web;
        view["topics"] = new JsonArray();
        view["visibility"] = "private";
        view["default_branch"] = "main";
        return view;
    }

    /// <summary>An organization as webhooks show it.</summary>
    /// <param name="organization">Which.</param>
    /// <param name="api">The root of the API.</param>
    public static JsonObject Organization(RunnerPlace organization, Uri api)
    {
        var url = $"{api}{organization.Path}";
        return new JsonObject
        {
            ["login"] = organization.Name,
            ["id"] = organization.Id,
            ["node_id"] = $"O_{organization.Id}",
            ["url"] = url,
            ["repos_url"] = $"{url}/repos",
            ["events_url"] = $"{url}/events",
            ["hooks_url"] = $"{url}/hooks",
            ["issues_url"] = $"{url}/issues",
            ["members_url"] = $"{url}/members{{/member}}",
            ["public_members_url"] = $"{url}/public_members{{/member}}",
            ["avatar_url"] = $"{api.GetLeftPart(UriPartial.Authority)}/avatars/{organization.Id}",
            ["description"] = null,
        };
    }

    /// <summary>A user, or an organization in its place.</summary>
    /// <param name="login">Its name.</param>
    /// <param name="id">Its number.</param>
    /// <param name="type"><c>User</c> or <c>Organization</c>.</param>
    /// <param name="api">The root of the API.</param>
    public static JsonObject User(string login, long id, string type, Uri api)
    {
        var (url, web) = ($"{api}users/{login}", api.GetLeftPart(UriPartial.Authority));
        return new JsonObject
        {
            ["login"] = login,
            ["id"] = id,
            ["node_id"] = $"{type[0]}_{id}",
            ["avatar_url"] = $"{web}/avatars/{id}",
            ["gravatar_id"] = "",
            ["url"] = url,
            ["html_url"] = $"{web}/{login}",
            ["followers_url"] = $"{url}/followers",
            ["following_url"] = $"{url}/following{{/other_user}}",
            ["gists_url"] = $"{url}/gists{{/gist_id}}",
            ["starred_url"] = $"{url}/starred{{/owner}}{{/repo}}",
            ["subscriptions_url"] = $"{url}/subscriptions",
            ["organizations_url"] = $"{url}/orgs",
            ["repos_url"] = $"{url}/repos",
            ["events_url"] = $"{url}/events{{/privacy}}",
            ["received_events_url"] = $"{url}/received_events",
            ["type"] = type,
            ["site_admin"] = false,
        };
    }
}
