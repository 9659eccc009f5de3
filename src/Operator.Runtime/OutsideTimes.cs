using System.Globalization;
using System.Net.Http.Headers;

namespace Operator.Runtime;

/// <summary>
/// Pauses and dates that other services give. All of them are read here: a wrong clock, a careless proxy or a number that makes no sense
/// must not make a timer throw, nor keep anything waiting for years. Pure.
/// </summary>
public static class OutsideTimes
{
    /// <summary>No pause that is asked for is shorter: an answer that says "at once" must not make a loop spin.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>No pause that is asked for is longer: then it is tried again, and asked again.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>The pause that <c>Retry-After</c> asks for, in seconds or as an HTTP date; null where there is none, or none that can be read.</summary>
    /// <param name="headers">The headers of the answer.</param>
    /// <param name="now">The time.</param>
    public static TimeSpan? RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(headers);
        // As it was sent: what the typed header cannot hold, such as more than 68 years, would look like nothing at all.
        var text = headers.NonValidated.TryGetValues("Retry-After", out var values) ? values.FirstOrDefault()?.Trim() : null;
        return string.IsNullOrEmpty(text) ? null
            : double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                && !double.IsNaN(seconds) ? PauseOf(seconds)
            : RetryConditionHeaderValue.TryParse(text, out var value) && value.Date is { } date ? Pause(date - now)
            : null;
    }

    /// <summary>A pause of so many seconds, within bounds.</summary>
    /// <param name="seconds">Any number.</param>
    public static TimeSpan PauseOf(double seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(seconds, ShortestPause.TotalSeconds, LongestPause.TotalSeconds));

    /// <summary>A pause within bounds.</summary>
    /// <param name="asked">Any length.</param>
    public static TimeSpan Pause(TimeSpan asked) => PauseOf(asked.TotalSeconds);

    /// <summary>A time within bounds.</summary>
    /// <param name="value">Any time.</param>
    /// <param name="earliest">The earliest that makes sense.</param>
    /// <param name="latest">The latest that makes sense.</param>
    public static DateTimeOffset Clamp(DateTimeOffset value, DateTimeOffset earliest, DateTimeOffset latest) =>
        value < earliest ? earliest : value > latest ? latest : value;

    /// <summary>The time so many seconds after 1970; the first or the last day of the calendar where a number is beyond it.</summary>
    /// <param name="seconds">Any number.</param>
    public static DateTimeOffset FromUnixSeconds(double seconds)
    {
        var (first, last) = (DateTimeOffset.MinValue - DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch);
        return seconds >= last.TotalSeconds ? DateTimeOffset.MaxValue
            : seconds <= first.TotalSeconds ? DateTimeOffset.MinValue
            : DateTimeOffset.UnixEpoch.AddSeconds(seconds);
    }
}
