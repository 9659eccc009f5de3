using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Web;

/// <summary>What an App calls with its JWT.</summary>
/// <param name="credentials">Apps and installations.</param>
internal sealed class AppEndpoints(CredentialDirectory credentials)
{
    private static readonly Dictionary<string, string> Permissions = new()
    {
        ["actions"] = "write",
        ["administration"] = "write",
        ["metadata"] = "read",
        ["organization_hooks"] = "write",
        ["organization_self_hosted_runners"] = "write",
    };

    public IEnumerable<GitHubEndpoint> All()
    {
        yield return new GitHubEndpoint(
            "CreateInstallationToken", "POST", "app/installations/{id:long}/access_tokens", Audience.App, CreateToken);
    }

    private GitHubReply CreateToken(GitHubRequest request)
    {
        var installation = credentials.FindInstallation(long.Parse(request.Route("id")));
        if (installation is null || installation.AppId != request.App!.Id)
        {
            return GitHubReply.NotFound;
        }

        if (installation.IsSuspended)
        {
            return GitHubReply.Error(403, "This installation has been suspended");
        }

        var token = credentials.IssueInstallationToken(installation, request.Now);
        var answer = new InstallationTokenJson(token.Value, token.ExpiresAt!.Value, Permissions, "all");
        return GitHubReply.Json(201, answer, GitHubWire.Default.InstallationTokenJson);
    }
}
