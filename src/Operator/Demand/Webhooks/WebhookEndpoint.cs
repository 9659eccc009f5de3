using Microsoft.AspNetCore.Http;

namespace Operator.Demand.Webhooks;

/// <summary>Receives the deliveries of a forge. A body is not parsed before its signature has been verified, and refusals are cheap.</summary>
internal sealed partial class WebhookEndpoint(
    IWebhookSource source,
    WebhookSecrets secrets,
    WebhookAdmission admission,
    WebhookMetrics metrics,
    TimeProvider timeProvider,
    ILogger<WebhookEndpoint> logger)
{
    /// <summary>GitHub and GitLab time out after ten seconds.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(9);

    /// <summary>Whether deliveries can be answered; set by the host.</summary>
    public Func<bool> IsReady { get; set; } = () => true;

    public async Task HandleAsync(HttpContext context)
    {
        var started = timeProvider.GetTimestamp();
        var name = context.Request.Headers[source.EventHeader].ToString();
        using var late = new CancellationTokenSource(Deadline, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        WebhookResult result;
        try
        {
            result = await ReceiveAsync(context.Request, name, either.Token);
        }
        catch (BadHttpRequestException e)
        {
            result = e.StatusCode == StatusCodes.Status413PayloadTooLarge ? WebhookResult.TooLarge : WebhookResult.Malformed(e.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // the caller has disconnected
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // The last clause: this process is no longer leader. GitHub records a failed delivery, which is redelivered unless the check of
            // queued jobs is sooner.
            LogNotStored(logger, e, name);
            result = new(StatusCodes.Status503ServiceUnavailable, "NotStored", "it could not be stored in Kubernetes") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        metrics.Answered(name, result.Outcome, timeProvider.GetElapsedTime(started));
        await result.WriteAsync(context.Response, context.RequestAborted);
    }

    private async Task<WebhookResult> ReceiveAsync(HttpRequest request, string name, CancellationToken cancellationToken)
    {
        if (!IsReady() || !secrets.AreKnown)
        {
            return WebhookResult.NotReady;
        }

        if ((Refuse(request, name) ?? source.Ignore(name)) is { } answer)
        {
            return answer;
        }

        if (request.ContentLength > WebhookAdmission.LargestBody)
        {
            return WebhookResult.TooLarge;
        }

        using var slot = await admission.EnterAsync(request.ContentLength, cancellationToken);
        if (slot is null)
        {
            return WebhookResult.Busy;
        }

        if (!source.IsSigned(request.Headers))
        {
            return source.Unsigned;
        }

        var (body, problem) = await ReadAsync(request, cancellationToken);
        if (body is null)
        {
            return problem!;
        }

        return source.Verify(request.Headers, body) is { } trust
            ? await source.DispatchAsync(request.Headers, body, trust, cancellationToken)
            : source.Unsigned;
    }

    // Everything that can be decided without the body.
    private WebhookResult? Refuse(HttpRequest request, string name)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return new(StatusCodes.Status405MethodNotAllowed, "MethodNotAllowed", $"{source.Sender} sends events by POST");
        }

        if (!request.HasJsonContentType())
        {
            return new(StatusCodes.Status415UnsupportedMediaType, "NotJson", "set the webhook's content type to application/json");
        }

        return name.Length == 0 ? WebhookResult.Malformed($"{source.EventHeader} is missing: this is where {source.Sender} sends events") : null;
    }

    private static async Task<(byte[]? Body, WebhookResult? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var body = await BoundedBody.ReadAsync(request.Body, request.ContentLength, WebhookAdmission.LargestBody, cancellationToken);
            return (body, body is null ? WebhookResult.TooLarge : null);
        }
        catch (OperationCanceledException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return (null, WebhookResult.TooSlow);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A delivery of {Event} could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception, string @event);
}
