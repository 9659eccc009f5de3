using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Web;

/// <summary>What every call goes through: faults, credentials, limits, conditional answers, headers.</summary>
/// <param name="service">The lock.</param>
/// <param name="accounts">The places there are.</param>
/// <param name="credentials">Who is who.</param>
/// <param name="ground">Clock, faults and call log.</param>
/// <param name="limits">How many calls are allowed.</param>
internal sealed class GitHubPipeline(
    ServiceLock service, AccountDirectory accounts, CredentialDirectory credentials, SimulationGround ground, GitHubLimits limits)
{
    private static readonly string[] ApiVersions = ["", "2022-11-28", "2026-03-10"];

    private readonly Dictionary<string, CallerBudget> _budgets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _underWay = new(StringComparer.Ordinal);
    private long _lastRequest;

    /// <summary>Answers one call.</summary>
    /// <param name="http">The request.</param>
    /// <param name="endpoint">What it calls.</param>
    public async Task HandleAsync(HttpContext http, GitHubEndpoint endpoint)
    {
        ground.Calls.Add($"github:{endpoint.Name}");
        var token = TokenOf(http);
        _underWay.AddOrUpdate(token, 1, (_, count) => count + 1);
        try
        {
            await HandleWithFaultsAsync(http, endpoint, $"github:{endpoint.Name}");
        }
        finally
        {
            _underWay.AddOrUpdate(token, 0, (_, count) => count - 1);
        }
    }

    private async Task HandleWithFaultsAsync(HttpContext http, GitHubEndpoint endpoint, string name)
    {
        if (await StrikeAsync(http, name, FaultMoment.Before))
        {
            return;
        }

        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var reply = service.Change(callbacks => Answer(http, endpoint, buffer.ToArray(), callbacks));
        if (!await StrikeAsync(http, name, FaultMoment.After))
        {
            await WriteAsync(http, reply);
        }
    }

    private GitHubReply Answer(HttpContext http, GitHubEndpoint endpoint, byte[] body, List<Action> callbacks)
    {
        var request = new GitHubRequest(http, body, ground.Clock.GetUtcNow(), callbacks)
        {
            UnderWay = _underWay.GetValueOrDefault(TokenOf(http)),
        };
        if (http.Request.Headers.UserAgent.Count == 0)
        {
            return GitHubReply.Error(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header");
        }

        if (!ApiVersions.Contains(http.Request.Headers["X-GitHub-Api-Version"].ToString()))
        {
            return GitHubReply.Error(400, "The specified API version is not supported");
        }

        return endpoint.Audience switch
        {
            Audience.Public => endpoint.Handle(request),
            Audience.App => AnswerApp(request, endpoint),
            _ => AnswerManager(request, endpoint),
        };
    }

    private GitHubReply AnswerApp(GitHubRequest request, GitHubEndpoint endpoint)
    {
        var app = AppJwtCheck.Verify(TokenOf(request.Http), credentials.FindApp, request.Now, out var problem);
        return app is null
            ? GitHubReply.Error(401, problem)
            : Metered(request with { App = app }, endpoint, BudgetOf($"app ID {app.Id}"));
    }

    private GitHubReply AnswerManager(GitHubRequest request, GitHubEndpoint endpoint)
    {
        if (credentials.FindCaller(TokenOf(request.Http), request.Now) is not { } caller)
        {
            return GitHubReply.Error(401, TokenOf(request.Http).Length > 0 ? "Bad credentials" : "Requires authentication");
        }

        if (caller.IsSuspended)
        {
            return GitHubReply.Error(403, "This installation has been suspended");
        }

        var place = accounts.Find(request.PlacePath);
        var guarded = place is null || !caller.Sees(place) ? endpoint with { Handle = _ => GitHubReply.NotFound }
            : caller.MayManageRunners ? endpoint
            : endpoint with { Handle = _ => GitHubReply.Error(403, "Resource not accessible by integration") };
        return Metered(request with { Place = place! }, guarded, BudgetOf(caller.Name));
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

    private static string TokenOf(HttpContext http)
    {
        var parts = http.Request.Headers.Authorization.ToString().Split(' ', 2);
        return parts is [var scheme, var token] && scheme.ToUpperInvariant() is "BEARER" or "TOKEN" ? parts[1].Trim() : "";
    }

    private async Task<bool> StrikeAsync(HttpContext http, string name, FaultMoment moment)
    {
        switch (ground.Faults.Take(name, moment))
        {
            case Fault.Cut:
                http.Abort();
                return true;
            case Fault.Delay delay:
                await Task.Delay(delay.Duration, ground.Clock, http.RequestAborted);
                return false;
            case Fault.Error error:
                var reply = GitHubReply.Error(error.StatusCode, error.Code);
                if (error.RetryAfter is { } wait)
                {
                    reply.Headers["Retry-After"] = ((long)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                }

                await WriteAsync(http, reply);
                return true;
            default:
                return false;
        }
    }

    private async Task WriteAsync(HttpContext http, GitHubReply reply)
    {
        var response = http.Response;
        response.StatusCode = reply.Status;
        response.Headers["x-github-request-id"] = $"SIM:{Interlocked.Increment(ref _lastRequest):X8}";
        response.Headers["x-github-media-type"] = "github.v3; format=json";
        response.Headers.Date = ground.Clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        foreach (var (header, value) in reply.Headers)
        {
            response.Headers[header] = value;
        }

        if (reply.Body.Length > 0)
        {
            response.ContentType = reply.ContentType;
            response.ContentLength = reply.Body.Length;
            await response.Body.WriteAsync(reply.Body, http.RequestAborted);
        }
    }
}
