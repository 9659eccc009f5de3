using System.Globalization;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Faults;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>Handles every request to the simulated API server, and applies injected faults.</summary>
internal sealed class KubernetesHandler(Cluster cluster, ObjectRequests requests, FaultInjector faults, CallLog calls)
{
    private readonly Discovery _discovery = new(cluster.Resources);
    private readonly OpenApiDocuments _openApi = new(cluster.Resources);

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            await AnswerAsync(http);
        }
        catch (ApiException refusal) when (!http.Response.HasStarted)
        {
            await RefuseAsync(http, refusal);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, or a fault cut its connection.
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        if (path is "/readyz" or "/livez" or "/healthz")
        {
            await http.Response.WriteAsync("ok", http.RequestAborted);
            return;
        }

        if (RequestTarget.Parse(path, cluster.Resources) is { } target)
        {
            var call = ApiCall.Parse(http.Request, target);
            await CallAsync(http, call.Name, () =>
            {
                cluster.Denials.Check(call);
                return requests.AnswerAsync(call);
            });
            return;
        }

        var document = _discovery.Find(path.TrimEnd('/')) ?? _openApi.Find(path.TrimEnd('/')) ?? throw ApiErrors.PathNotFound();
        await CallAsync(http, $"kubernetes:{http.Request.Method} {path}", () => Task.FromResult(Answer.From(document)));
    }

    private async Task CallAsync(HttpContext http, string name, Func<Task<Answer>> answer)
    {
        calls.Add(name);
        await StrikeAsync(http, faults.Take(name, FaultMoment.Before));
        var result = await answer();
        await StrikeAsync(http, faults.Take(name, FaultMoment.After));
        await result.WriteAsync(http);
    }

    private async Task StrikeAsync(HttpContext http, Fault? fault)
    {
        switch (fault)
        {
            case Fault.Error error:
                throw new ApiException(error.StatusCode, error.Code, error.Message) { RetryAfter = error.RetryAfter };
            case Fault.Delay delay:
                await Task.Delay(delay.Duration, cluster.TimeProvider, http.RequestAborted);
                break;
            case Fault.Cut:
                http.Abort();
                throw new OperationCanceledException("the connection was cut by an injected fault");
        }
    }

    private static async Task RefuseAsync(HttpContext http, ApiException refusal)
    {
        var body = StoredObject.Serialize(refusal.ToStatus());
        http.Response.StatusCode = refusal.Code;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        if (refusal.RetryAfter is { } retryAfter)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
