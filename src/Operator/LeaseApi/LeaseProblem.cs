using Microsoft.AspNetCore.Http;
using Operator.LeaseApi.Tokens;

namespace Operator.LeaseApi;

/// <summary>Why a request is refused, as a problem (RFC 9457).</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Reason">One word for programs.</param>
/// <param name="Detail">For people: what to do.</param>
internal sealed record LeaseProblem(int Status, string Reason, string Detail)
{
    /// <summary>When to come again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static readonly LeaseProblem NotReady =
        new(StatusCodes.Status503ServiceUnavailable, "NotReady", "the operator is starting") { RetryAfter = TimeSpan.FromSeconds(5) };

    public static readonly LeaseProblem NotFound = new(StatusCodes.Status404NotFound, "LeaseNotFound", "this run has no such lease; one that has ended is kept for an hour");

    public static readonly LeaseProblem TooLarge = new(StatusCodes.Status413PayloadTooLarge, "TooLarge", "no request has more than 16 KiB");

    public static readonly LeaseProblem Busy =
        new(StatusCodes.Status503ServiceUnavailable, "Busy", "too many requests at once") { RetryAfter = TimeSpan.FromSeconds(5) };

    public static LeaseProblem Of(TokenRefusal refusal) => refusal.IsForNow
        ? new(StatusCodes.Status503ServiceUnavailable, refusal.Reason, refusal.Detail) { RetryAfter = SigningKeys.LeastInterval }
        : new(StatusCodes.Status401Unauthorized, refusal.Reason, refusal.Detail);

    public static LeaseProblem Malformed(string detail) => new(StatusCodes.Status400BadRequest, "Malformed", detail);

    public static LeaseProblem Forbidden(string reason, string detail) => new(StatusCodes.Status403Forbidden, reason, detail);

    /// <summary>The request is understood, and beyond the pool's bounds.</summary>
    public static LeaseProblem Bound(string reason, string detail) => new(StatusCodes.Status422UnprocessableEntity, reason, detail);
}
