using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Operator.GitHub.Rest;

/// <summary>The state of one rate limit.</summary>
/// <param name="Limit">Calls per window.</param>
/// <param name="Remaining">Calls left in it.</param>
/// <param name="Reset">When the window ends.</param>
internal sealed record GitHubBudget(int Limit, int Remaining, DateTimeOffset Reset);

/// <summary>
/// The rate limits of one connection: the remaining calls from GitHub's headers, pauses it requested, and at most 100 concurrent calls (its
/// limit). A call that would wait longer than two seconds fails immediately, so that no worker is blocked for minutes; low-priority calls
/// leave 5 % of a limit to others.
/// </summary>
internal sealed class GitHubRateLimiter(TimeProvider clock)
{
    public const string CoreResource = "core";

    private const int MaxConcurrent = 100;

    /// <summary>Twice GitHub's longest name.</summary>
    private const int MaxResourceLength = 64;

    private const int ReservedShare = 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPenalty = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPenalty = TimeSpan.FromMinutes(16);

    /// <summary>GitHub's windows last an hour: a later reset is a mistake that would otherwise never be corrected.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly PriorityGate _gate = new(MaxConcurrent);
    private readonly Dictionary<string, GitHubBudget> _budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _resources = new(StringComparer.Ordinal);
    private DateTimeOffset _pausedUntil;
    private TimeSpan _penalty;

    /// <summary>The state by GitHub's name of the rate limit: <c>core</c>, <c>actions_runner_registration</c>.</summary>
    public IReadOnlyDictionary<string, GitHubBudget> Budgets
    {
        get
        {
            lock (_lock)
            {
                return _budgets.ToDictionary(budget => budget.Key, budget => Current(budget.Value), StringComparer.Ordinal);
            }
        }
    }

    /// <summary>Remaining calls of the main rate limit; null before the first response or without limits (GHES).</summary>
    public int? Remaining
    {
        get
        {
            lock (_lock)
            {
                return _budgets.TryGetValue(CoreResource, out var budget) ? Current(budget).Remaining : null;
            }
        }
    }

    /// <summary>Waits for a slot; dispose the result when the response has been read.</summary>
    /// <param name="operation">Name of the call: GitHub's responses show which rate limit it counts against.</param>
    /// <param name="priority">The priority.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="GitHubRateLimitedException">The wait would be longer than two seconds.</exception>
    public async Task<IDisposable> EnterAsync(string operation, GitHubPriority priority, CancellationToken cancellationToken)
    {
        await WaitForBudgetAsync(operation, priority, cancellationToken);
        var slot = await _gate.EnterAsync(priority, cancellationToken);
        try
        {
            // The wait for a slot may have been long enough for the rate limit to be exhausted.
            await WaitForBudgetAsync(operation, priority, cancellationToken);
            return slot;
        }
        catch
        {
            slot.Dispose();
            throw;
        }
    }

    /// <summary>Updates the state from a response. Returns how long to wait if it was refused because of a limit; otherwise null.</summary>
    /// <param name="operation">Name of the call.</param>
    /// <param name="answer">GitHub's response.</param>
    public TimeSpan? Observe(string operation, GitHubAnswer answer)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var budget = RememberBudget(operation, answer.Headers, now);
            if (answer.Status is not (HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests))
            {
                _penalty = answer.IsSuccess && now >= _pausedUntil ? TimeSpan.Zero : _penalty;
                return null;
            }

            if (OutsideTimes.RetryAfter(answer.Headers, now) is { } wait)
            {
                return Pause(now, wait);
            }

            if (budget is { Remaining: 0 })
            {
                return AtLeastASecond(budget.Reset - now);
            }

            return answer.Status == HttpStatusCode.TooManyRequests || answer.SpeaksOfRateLimit ? Pause(now, Penalty(now)) : null;
        }
    }

    private async Task WaitForBudgetAsync(string operation, GitHubPriority priority, CancellationToken cancellationToken)
    {
        var wait = TimeToWait(operation, priority);
        if (wait is { } brief && brief.Wait <= LongestWait)
        {
            await Task.Delay(brief.Wait, clock, cancellationToken);
            wait = TimeToWait(operation, priority);
        }

        if (wait is { } left)
        {
            throw new GitHubRateLimitedException(left.Why, AtLeastASecond(left.Wait));
        }
    }

    private (TimeSpan Wait, string Why)? TimeToWait(string operation, GitHubPriority priority)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_pausedUntil > now)
            {
                return (_pausedUntil - now, "GitHub asked to pause (secondary rate limit)");
            }

            var resource = _resources.GetValueOrDefault(operation, CoreResource);
            if (!_budgets.TryGetValue(resource, out var budget) || budget.Reset <= now)
            {
                return null;
            }

            var reserved = priority == GitHubPriority.Low ? budget.Limit / ReservedShare : 0;
            return budget.Remaining > reserved
                ? null
                : (budget.Reset - now, $"GitHub's hourly rate limit '{resource}' of {budget.Limit} calls is exhausted{(reserved > 0 ? ", except for a reserve for urgent calls" : "")}");
        }
    }

    private GitHubBudget? RememberBudget(string operation, HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (Number(headers, "x-ratelimit-limit") is not { } limit
            || Number(headers, "x-ratelimit-remaining") is not { } remaining
            || Number(headers, "x-ratelimit-reset") is not { } reset)
        {
            return null;
        }

        var resource = ErrorText.Shorten(Text(headers, "x-ratelimit-resource") ?? CoreResource, MaxResourceLength);
        var window = OutsideTimes.Clamp(OutsideTimes.FromUnixSeconds(reset), DateTimeOffset.UnixEpoch, now + LongestWindow);
        var budget = new GitHubBudget((int)Math.Min(limit, int.MaxValue), (int)Math.Min(remaining, int.MaxValue), window);
        // Responses may arrive out of order: within a window the smallest number is the newest.
        if (_budgets.TryGetValue(resource, out var known) && known.Reset == budget.Reset && known.Remaining < budget.Remaining)
        {
            budget = known;
        }

        var former = _resources.GetValueOrDefault(operation);
        _resources[operation] = resource;
        _budgets[resource] = budget;
        if (former is not null && !_resources.ContainsValue(former))
        {
            _budgets.Remove(former); // no call counts against it: there are never more rate limits than operations
        }

        return budget;
    }

    private GitHubBudget Current(GitHubBudget budget) =>
        budget.Reset <= clock.GetUtcNow() ? budget with { Remaining = budget.Limit } : budget;

    private TimeSpan Pause(DateTimeOffset now, TimeSpan wait)
    {
        _pausedUntil = _pausedUntil > now + wait ? _pausedUntil : now + wait;
        return _pausedUntil - now;
    }

    // Doubles with each refusal; simultaneous refusals count as one.
    private TimeSpan Penalty(DateTimeOffset now)
    {
        if (now >= _pausedUntil)
        {
            _penalty = _penalty == TimeSpan.Zero ? FirstPenalty : TimeSpan.FromTicks(Math.Min(_penalty.Ticks * 2, LongestPenalty.Ticks));
        }

        return _penalty;
    }

    private static TimeSpan AtLeastASecond(TimeSpan wait) => wait > OutsideTimes.ShortestPause ? wait : OutsideTimes.ShortestPause;

    private static long? Number(HttpResponseHeaders headers, string name) =>
        long.TryParse(Text(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Text(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
