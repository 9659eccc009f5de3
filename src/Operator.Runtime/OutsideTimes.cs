using System.Globalization;
using System.Net.Http.Headers;

namespace Operator.Runtime;

/// <summary>
/// Sanitizes delays and dates from other services: a wrong clock, a broken proxy or a nonsensical number must not make a timer throw, nor
/// block anything for years. Pure.
/// </summary>
public static class OutsideTimes
{
    /// <summary>Minimum delay: an answer that says "now" must not cause a busy loop.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>Maximum delay: after that, the request is retried.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>The delay requested by <c>Retry-After</c>, in seconds or as an HTTP date; null if missing or invalid.</summary>
    /// <param name="headers">The response headers.</param>
    /// <param name="now">The time.</param>
    public static TimeSpan? RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(headers);
        // Read raw: values that the typed header cannot represent, such as more than 68 years, would otherwise look like a missing header.
        var text = headers.NonValidated.TryGetValues("Retry-After", out var values) ? values.FirstOrDefault()?.Trim() : null;
        return string.IsNullOrEmpty(text) ? null
            : double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                && !double.IsNaN(seconds) ? PauseOf(seconds)
            : RetryConditionHeaderValue.TryParse(text, out var value) && value.Date is { } date ? Pause(date - now)
            : null;
    }

    /// <summary>A delay in seconds, within bounds.</summary>
    /// <param name="seconds">Any number.</param>
    public static TimeSpan PauseOf(double seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(seconds, ShortestPause.TotalSeconds, LongestPause.TotalSeconds));

    /// <summary>A delay within bounds.</summary>
    /// <param name="asked">Any length.</param>
    public static TimeSpan Pause(TimeSpan asked) => PauseOf(asked.TotalSeconds);

    /// <summary>A time within bounds.</summary>
    /// <param name="value">Any time.</param>
    /// <param name="earliest">The earliest valid time.</param>
    /// <param name="latest">The latest valid time.</param>
    public static DateTimeOffset Clamp(DateTimeOffset value, DateTimeOffset earliest, DateTimeOffset latest) =>
        value < earliest ? earliest : value > latest ? latest : value;

    /// <summary>The time for Unix seconds, clamped to the supported range.</summary>
    /// <param name="seconds">Any number.</param>
    public static DateTimeOffset FromUnixSeconds(double seconds)
    {
        var (first, last) = (DateTimeOffset.MinValue - DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch);
        return seconds >= last.TotalSeconds ? DateTimeOffset.MaxValue
            : seconds <= first.TotalSeconds ? DateTimeOffset.MinValue
            : DateTimeOffset.UnixEpoch.AddSeconds(seconds);
    }
}
