using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Web;

/// <summary>Authentication, rate limits and ETags. Called under the service's lock.</summary>
/// <param name="accounts">The places there are.</param>
/// <param name="credentials">The credentials.</param>
/// <param name="service">Authorizes calls to the scale-set service.</param>
/// <param name="limits">How many calls are allowed.</param>
internal sealed class GitHubAdmission(
    AccountDirectory accounts, CredentialDirectory credentials, ServiceAdmission service, GitHubLimits limits)
{
    private static readonly string[] ApiVersions = ["", "2022-11-28", "2026-03-10"];

    private readonly Dictionary<string, CallerBudget> _budgets = new(StringComparer.Ordinal);

    /// <summary>Handles or refuses a call.</summary>
    /// <param name="request">The call.</param>
    /// <param name="endpoint">The endpoint.</param>
    public GitHubReply Answer(GitHubRequest request, GitHubEndpoint endpoint)
    {
        if (endpoint.IsService)
        {
            return service.Answer(request, endpoint);
        }

        var headers = request.Http.Request.Headers;
        if (headers.UserAgent.Count == 0)
        {
            return GitHubReply.Error(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header");
        }

        if (!ApiVersions.Contains(headers["X-GitHub-Api-Version"].ToString()))
        {
            return GitHubReply.Error(400, "The specified API version is not supported");
        }

        return endpoint.Audience switch
        {
            Audience.Public => endpoint.Handle(request),
            Audience.App => AnswerApp(request, endpoint),
            Audience.Registration => AnswerRegistration(request, endpoint),
            _ => AnswerCaller(request, endpoint),
        };
    }

    /// <summary>The token that came along, or nothing.</summary>
    /// <param name="http">The request.</param>
    public static string TokenOf(HttpContext http)
    {
        var parts = http.Request.Headers.Authorization.ToString().Split(' ', 2);
        return parts is [var scheme, var token] && scheme.ToUpperInvariant() is "BEARER" or "TOKEN" or "REMOTEAUTH" ? parts[1].Trim() : "";
    }

    private GitHubReply AnswerApp(GitHubRequest request, GitHubEndpoint endpoint)
    {
        var app = AppJwtCheck.Verify(TokenOf(request.Http), credentials.FindApp, request.Now, out var problem);
        return app is null
            ? GitHubReply.Error(401, problem)
            : Metered(request with { App = app }, endpoint, BudgetOf($"app ID {app.Id}"));
    }

    private GitHubReply AnswerRegistration(GitHubRequest request, GitHubEndpoint endpoint) =>
        request.Http.Request.Headers.Authorization.ToString().StartsWith("RemoteAuth ", StringComparison.OrdinalIgnoreCase)
        && credentials.FindRegistration(TokenOf(request.Http), request.Now) is { } place
            ? endpoint.Handle(request with { Place = place })
            : GitHubReply.Error(401, "Bad credentials");

    private GitHubReply AnswerCaller(GitHubRequest request, GitHubEndpoint endpoint)
    {
        if (credentials.FindCaller(TokenOf(request.Http), request.Now) is not { } caller)
        {
            return GitHubReply.Error(401, TokenOf(request.Http).Length > 0 ? "Bad credentials" : "Requires authentication");
        }

        if (caller.IsSuspended)
        {
            return GitHubReply.Error(403, "This installation has been suspended");
        }

        var place = endpoint.Audience == Audience.Installation ? caller.Account : accounts.Find(request.PlacePath);
        var admitted = request with { Place = place!, Caller = caller };
        var former = place is null && accounts.FindFormer(request.PlacePath) is { IsRepository: true } moved && caller.Sees(moved) ? moved : null;
        return Metered(admitted, (former is null ? Refusal(caller, place, endpoint.Audience) : Redirect(request, former)) is { } refusal ? endpoint with { Handle = _ => refusal } : endpoint, BudgetOf(caller.Name));
    }

    private static GitHubReply? Refusal(Caller caller, RunnerPlace? place, Audience audience) =>
        audience == Audience.Installation && caller.InstallationId is null
            ? GitHubReply.Error(403, "You must authenticate with an installation access token in order to list repositories for an installation.")
        : place is null || !caller.Sees(place) ? GitHubReply.NotFound
        : audience == Audience.RunnerManager && !caller.MayManageRunners ? GitHubReply.Error(403, "Resource not accessible by integration")
        : null;

    // GitHub leads on from a repository's old address, by its id; an organization's old name is simply unknown.
    private static GitHubReply Redirect(GitHubRequest request, RunnerPlace repository)
    {
        var rest = (request.Http.Request.Path.Value ?? "").Split($"/{request.PlacePath}", 2)[^1];
        var reply = GitHubReply.Error(request.Http.Request.Method == "GET" ? 301 : 307, "Moved Permanently");
        reply.Headers["Location"] = $"{request.Api}repositories/{repository.Id}{rest}{request.Http.Request.QueryString}";
        return reply;
    }

    private static GitHubReply Metered(GitHubRequest request, GitHubEndpoint endpoint, CallerBudget budget)
    {
        var reply = budget.Refuse(endpoint, request.Now, request.UnderWay) ?? Conditional(request, endpoint.Handle(request));
        budget.Charge(endpoint, reply, request.Now);
        return reply;
    }

    private static GitHubReply Conditional(GitHubRequest request, GitHubReply reply)
    {
        if (reply.Status != 200)
        {
            return reply;
        }

        var etag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(reply.Body))}\"";
        reply.Headers["ETag"] = etag;
        return request.Http.Request.Headers.IfNoneMatch.Contains(etag) ? reply with { Status = 304, Body = [] } : reply;
    }

    private CallerBudget BudgetOf(string caller)
    {
        if (!_budgets.TryGetValue(caller, out var budget))
        {
            _budgets[caller] = budget = new CallerBudget(caller, limits);
        }

        return budget;
    }
}
