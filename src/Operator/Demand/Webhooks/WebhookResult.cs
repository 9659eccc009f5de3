using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Operator.Demand.Webhooks;

/// <summary>The answer to a delivery: a success with its outcome, or a refusal as a problem (RFC 9457).</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Outcome">For metrics and for GitHub's list of deliveries.</param>
/// <param name="Detail">For users.</param>
internal sealed record WebhookResult(int Status, string Outcome, string? Detail = null)
{
    public static readonly WebhookResult Busy =
        new(StatusCodes.Status503ServiceUnavailable, "Busy", "too many deliveries at once") { RetryAfter = TimeSpan.FromSeconds(5) };

    public static readonly WebhookResult NotReady =
        new(StatusCodes.Status503ServiceUnavailable, "NotReady", "the operator is starting") { RetryAfter = TimeSpan.FromSeconds(5) };

    public static readonly WebhookResult TooLarge = new(StatusCodes.Status413PayloadTooLarge, "TooLarge", "events larger than 1 MiB are not accepted");

    public static readonly WebhookResult TooSlow = new(StatusCodes.Status408RequestTimeout, "TooSlow", "the body did not arrive in time");

    /// <summary>When to retry.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether it changed anything, so that a redelivery would have nothing to add.</summary>
    public bool HasStored { get; init; }

    public static WebhookResult Malformed(string detail) => new(StatusCodes.Status400BadRequest, "Malformed", detail);

    public static WebhookResult Ignored(string detail) => new(StatusCodes.Status202Accepted, "Ignored", detail);

    public static WebhookResult Done(string outcome, string? detail = null) => new(StatusCodes.Status200OK, outcome, detail);

    public Task WriteAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        response.StatusCode = Status;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = wait.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        }

        if (Status < StatusCodes.Status300MultipleChoices)
        {
            return response.WriteAsJsonAsync(new(Outcome, Detail), WebhookAnswerJson.Default.WebhookAnswer, contentType: null, cancellationToken);
        }

        // The rest of the body is not read, unless the sender would miss the answer.
        if (Status != StatusCodes.Status413PayloadTooLarge)
        {
            response.Headers.Connection = "close";
        }

        var problem = new ProblemDetails { Status = Status, Title = Outcome, Detail = Detail };
        return response.WriteAsJsonAsync(problem, WebhookAnswerJson.Default.ProblemDetails, "application/problem+json", cancellationToken);
    }
}
