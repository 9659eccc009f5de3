using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Web;

/// <summary>The pipeline of every call: faults, admission, headers.</summary>
/// <param name="service">The lock.</param>
/// <param name="admission">Authorizes calls.</param>
/// <param name="ground">Clock, faults and call log.</param>
internal sealed class GitHubPipeline(ServiceLock service, GitHubAdmission admission, SimulationGround ground)
{
    private readonly ConcurrentDictionary<string, int> _underWay = new(StringComparer.Ordinal);
    private long _lastRequest;

    /// <summary>Handles a call.</summary>
    /// <param name="http">The request.</param>
    /// <param name="endpoint">The endpoint.</param>
    public async Task HandleAsync(HttpContext http, GitHubEndpoint endpoint)
    {
        ground.Calls.Add($"github:{endpoint.Name}");
        var token = GitHubAdmission.TokenOf(http);
        var hasEnded = 0;
        void End()
        {
            if (Interlocked.Exchange(ref hasEnded, 1) == 0)
            {
                _underWay.AddOrUpdate(token, 0, (_, count) => count - 1);
            }
        }

        _underWay.AddOrUpdate(token, 1, (_, count) => count + 1);
        http.Response.OnStarting(() =>
        {
            End(); // before the caller has the response, or its next call would be one too many
            return Task.CompletedTask;
        });
        try
        {
            await HandleWithFaultsAsync(http, endpoint, $"github:{endpoint.Name}");
        }
        finally
        {
            End();
        }
    }

    private async Task HandleWithFaultsAsync(HttpContext http, GitHubEndpoint endpoint, string name)
    {
        if (await StrikeAsync(http, endpoint, name, FaultMoment.Before))
        {
            return;
        }

        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var reply = service.Change(callbacks => Answer(http, endpoint, buffer.ToArray(), callbacks));
        reply = reply.Pending is { } pending ? await pending : reply;
        if (!await StrikeAsync(http, endpoint, name, FaultMoment.After))
        {
            await WriteAsync(http, reply);
        }
    }

    private GitHubReply Answer(HttpContext http, GitHubEndpoint endpoint, byte[] body, List<Action> callbacks)
    {
        var request = new GitHubRequest(http, body, ground.Clock.GetUtcNow(), callbacks)
        {
            UnderWay = _underWay.GetValueOrDefault(GitHubAdmission.TokenOf(http)),
        };
        return admission.Answer(request, endpoint);
    }

    private async Task<bool> StrikeAsync(HttpContext http, GitHubEndpoint endpoint, string name, FaultMoment moment)
    {
        switch (ground.Faults.Take(name, moment))
        {
            case Fault.Cut:
                http.Abort();
                return true;
            case Fault.Delay delay:
                await Task.Delay(delay.Duration, ground.Clock, http.RequestAborted);
                return false;
            case Fault.Answer answer:
                await WriteAsync(http, new GitHubReply(answer.StatusCode, Encoding.UTF8.GetBytes(answer.Body)));
                return true;
            case Fault.Error error:
                var reply = endpoint.IsService
                    ? ServiceReply.Error(error.StatusCode, error.Code, error.Message)
                    : GitHubReply.Error(error.StatusCode, error.Code);
                reply = error.RetryAfter is { } wait ? CallerBudget.TooMany(reply, wait) : reply;
                foreach (var (header, value) in error.Headers)
                {
                    reply.Headers[header] = value;
                }

                await WriteAsync(http, reply);
                return true;
            default:
                return false;
        }
    }

    private async Task WriteAsync(HttpContext http, GitHubReply reply)
    {
        if (ReferenceEquals(reply, GitHubReply.Cut))
        {
            http.Abort();
            return;
        }

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
