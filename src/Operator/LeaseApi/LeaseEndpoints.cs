using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Operator.LeaseApi.Tokens;

namespace Operator.LeaseApi;

/// <summary>The lease API over HTTP: who asks is found out before anything else of a request is looked at.</summary>
internal sealed partial class LeaseEndpoints(
    WorkflowTokens tokens, LeaseService leases, RepositoryLimits limits, LeaseApiMetrics metrics, TimeProvider timeProvider, ILogger<LeaseEndpoints> logger)
{
    private const int LargestBody = 16 * 1024;
    private const int LongestKey = 255;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Whether requests can be answered: set by the host.</summary>
    public Func<bool> IsReady { get; set; } = () => true;

    public Task TakeAsync(HttpContext context) => HandleAsync(context, "take", wait: null, async (run, cancellationToken) =>
    {
        var key = context.Request.Headers["Idempotency-Key"];
        if (key.Count > 1 || key.ToString().Length > LongestKey)
        {
            return LeaseProblem.Malformed($"send one Idempotency-Key of at most {LongestKey} characters, or none");
        }

        var (request, problem) = await ReadAsync(context.Request, LeaseApiJson.Default.LeaseRequest, cancellationToken);
        var outcome = problem is not null ? problem : await leases.TakeAsync(run, request!, key.Count == 0 ? null : key.ToString(), cancellationToken);
        if (outcome.Lease is { } lease)
        {
            context.Response.Headers.Location = $"/v1/leases/{lease.Id}";
            LogTaken(logger, lease.Id, lease.Count, lease.Pool, run.Repository, run.RunId, run.RunAttempt);
        }

        return outcome;
    });

    public Task LookAsync(HttpContext context, string id)
    {
        var text = context.Request.Query["wait"].ToString();
        var seconds = 0;
        return text.Length > 0 && !(int.TryParse(text.TrimEnd('s'), NumberStyles.None, CultureInfo.InvariantCulture, out seconds) && seconds <= limits.LongestWait.TotalSeconds)
            ? HandleAsync(context, "look", wait: null, (_, _) => Task.FromResult<LeaseOutcome>(LeaseProblem.Malformed($"wait: write seconds, {limits.LongestWait.TotalSeconds} at most")))
            : HandleAsync(context, "look", TimeSpan.FromSeconds(seconds), async (run, cancellationToken) =>
            {
                using var slot = seconds > 0 ? limits.BeginWait(RepositoryOf(run)) : null;
                return seconds > 0 && slot is null ? LeaseProblem.Busy : await leases.LookAsync(run, id, TimeSpan.FromSeconds(seconds), cancellationToken);
            });
    }

    public Task ListAsync(HttpContext context) => HandleAsync(context, "list", wait: null, (run, _) => Task.FromResult(leases.List(run)));

    public Task ReleaseAsync(HttpContext context, string? id) => HandleAsync(context, "release", wait: null, (run, cancellationToken) => leases.ReleaseAsync(run, id, cancellationToken));

    public Task RefreshAsync(HttpContext context) => HandleAsync(context, "refresh", wait: null, async (run, cancellationToken) =>
    {
        var (request, problem) = await ReadAsync(context.Request, LeaseApiJson.Default.RefreshRequest, cancellationToken);
        return problem is not null ? problem : await leases.RefreshAsync(run, request!.Pool, cancellationToken);
    });

    private async Task HandleAsync(HttpContext context, string operation, TimeSpan? wait, Func<RunIdentity, CancellationToken, Task<LeaseOutcome>> actAsync)
    {
        var started = timeProvider.GetTimestamp();
        using var late = new CancellationTokenSource(Deadline + (wait ?? TimeSpan.Zero), timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        LeaseOutcome outcome;
        try
        {
            outcome = await AnswerAsync(context.Request, actAsync, either.Token);
        }
        catch (BadHttpRequestException e)
        {
            outcome = e.StatusCode == StatusCodes.Status413PayloadTooLarge ? LeaseProblem.TooLarge : LeaseProblem.Malformed("the request cannot be read");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody waits for it any more; what it has taken is the run's, and ends with it
        }
        catch (KubernetesApiException e) when (e.IsInvalid || e.IsForbidden)
        {
            LogRefused(logger, e, operation);
            outcome = LeaseProblem.Bound("Refused", "the cluster refuses the lease: see the operator's log");
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            LogNotStored(logger, e, operation);
            outcome = new LeaseProblem(StatusCodes.Status503ServiceUnavailable, "NotStored", "it could not be stored in Kubernetes; ask again with the same Idempotency-Key") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        metrics.Answered(operation, outcome.Problem, wait > TimeSpan.Zero ? null : timeProvider.GetElapsedTime(started));
        await WriteAsync(context.Response, outcome, context.RequestAborted);
    }

    private async Task<LeaseOutcome> AnswerAsync(HttpRequest request, Func<RunIdentity, CancellationToken, Task<LeaseOutcome>> actAsync, CancellationToken cancellationToken)
    {
        if (!IsReady())
        {
            return LeaseProblem.NotReady;
        }

        var verdict = await tokens.VerifyAsync(BearerToken.Of(request), cancellationToken);
        if (verdict.Identity is not { } run)
        {
            return LeaseProblem.Of(verdict.Refusal!);
        }

        return limits.Take(RepositoryOf(run)) is { } pause
            ? new LeaseProblem(StatusCodes.Status429TooManyRequests, "TooManyRequests", "this repository asks too often") { RetryAfter = pause }
            : await actAsync(run, cancellationToken);
    }

    private static string RepositoryOf(RunIdentity run) => $"{run.Issuer} {run.RepositoryId}";

    private static async Task<(T? Request, LeaseProblem? Problem)> ReadAsync<T>(
        HttpRequest request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class, new()
    {
        if (request.ContentLength > LargestBody || await BoundedBody.ReadAsync(request.Body, request.ContentLength, LargestBody, cancellationToken) is not { } body)
        {
            return (null, LeaseProblem.TooLarge);
        }

        if (body.Length == 0)
        {
            return (new(), null);
        }

        try
        {
            return JsonSerializer.Deserialize(body, type) is { } read ? (read, null) : (null, LeaseProblem.Malformed("the body is not a JSON object"));
        }
        catch (JsonException e)
        {
            return (null, LeaseProblem.Malformed($"the body is not what /openapi/v1.json says{(e.Path is { Length: > 1 } path ? $": {ErrorText.Shorten(path, 100)}" : "")}"));
        }
    }

    private static Task WriteAsync(HttpResponse response, LeaseOutcome outcome, CancellationToken cancellationToken)
    {
        response.StatusCode = outcome.Status;
        response.Headers.CacheControl = "no-store";
        if (outcome.Problem is { } problem)
        {
            if (problem.RetryAfter is { } wait)
            {
                response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
            }

            if (problem.Status == StatusCodes.Status401Unauthorized)
            {
                response.Headers.WWWAuthenticate = "Bearer";
            }

            var details = new ProblemDetails { Status = problem.Status, Title = problem.Reason, Detail = problem.Detail };
            return response.WriteAsJsonAsync(details, LeaseApiJson.Default.ProblemDetails, "application/problem+json", cancellationToken);
        }

        return outcome.Lease is { } lease ? response.WriteAsJsonAsync(lease, LeaseApiJson.Default.LeaseAnswer, contentType: null, cancellationToken)
            : outcome.List is { } list ? response.WriteAsJsonAsync(list, LeaseApiJson.Default.LeaseList, contentType: null, cancellationToken)
            : outcome.Refresh is { } refresh ? response.WriteAsJsonAsync(refresh, LeaseApiJson.Default.RefreshAnswer, contentType: null, cancellationToken)
            : Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Lease {Id}: {Count} of {Pool} for {Repository}, run {Run}, attempt {Attempt}")]
    private static partial void LogTaken(ILogger logger, string id, int count, string pool, string repository, string run, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease API could not {Operation}")]
    private static partial void LogNotStored(ILogger logger, Exception exception, string operation);

    [LoggerMessage(Level = LogLevel.Error, Message = "The API server refuses what the lease API was asked to {Operation}")]
    private static partial void LogRefused(ILogger logger, Exception exception, string operation);
}
