using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Operator.GitHub.Rest;

namespace Operator.GitLab.Rest;

/// <summary>
/// The rate limit of one token: the remaining calls from GitLab's headers, pauses it requested, and few concurrent calls. A call that would wait longer than two seconds fails immediately, so that no
/// worker is blocked; low-priority calls leave 5 % of the limit to others.
/// </summary>
internal sealed class GitLabLimiter(TimeProvider clock)
{
    private const int MaxConcurrent = 32;
    private const int ReservedShare = 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>Application limits answer 429 without saying for how long.</summary>
    private static readonly TimeSpan Penalty = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly PriorityGate _gate = new(MaxConcurrent);
    private DateTimeOffset _pausedUntil;
    private DateTimeOffset _reset;
    private long _limit;
    private long? _remaining;

    /// <summary>Remaining calls of the current window; null where GitLab reports none.</summary>
    public long? Remaining
    {
        get
        {
            lock (_lock)
            {
                return _reset > clock.GetUtcNow() ? _remaining : null;
            }
        }
    }

    /// <summary>Waits for a slot; dispose the result when the response has been read.</summary>
    /// <exception cref="GitLabApiException">The wait would be longer than two seconds.</exception>
    public async Task<IDisposable> EnterAsync(GitHubPriority priority, CancellationToken cancellationToken)
    {
        if (TimeToWait(priority) is { } brief && brief <= LongestWait)
        {
            await Task.Delay(brief, clock, cancellationToken);
        }

        return TimeToWait(priority) is { } wait
            ? throw new GitLabApiException(GitLabErrors.RateLimited, "GitLab's rate limit for this token is exhausted") { RetryAfter = wait }
            : await _gate.EnterAsync(priority, cancellationToken);
    }

    /// <summary>Updates the state from a response. Returns how long to wait if it was refused because of a limit; otherwise null.</summary>
    public TimeSpan? Observe(HttpStatusCode status, HttpResponseHeaders headers)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (Number(headers, "RateLimit-Limit") is { } limit && Number(headers, "RateLimit-Remaining") is { } remaining && Number(headers, "RateLimit-Reset") is { } reset)
            {
                var end = OutsideTimes.Clamp(OutsideTimes.FromUnixSeconds(reset), now, now + OutsideTimes.LongestPause);
                (_remaining, _limit, _reset) = (end == _reset && _remaining < remaining ? _remaining : remaining, limit, end);
            }

            if (status != HttpStatusCode.TooManyRequests)
            {
                return null;
            }

            var wait = OutsideTimes.RetryAfter(headers, now) ?? (_remaining == 0 && _reset > now ? _reset - now : Penalty);
            _pausedUntil = _pausedUntil > now + wait ? _pausedUntil : now + wait;
            return _pausedUntil - now;
        }
    }

    private TimeSpan? TimeToWait(GitHubPriority priority)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var reserved = priority == GitHubPriority.Low ? _limit / ReservedShare : 0;
            return _pausedUntil > now ? _pausedUntil - now
                : _reset > now && _remaining <= reserved ? _reset - now
                : null;
        }
    }

    private static long? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
