using System.Globalization;

namespace Operator.Simulator.GitHub.Web;

/// <summary>One caller's use of its rate limits.</summary>
/// <param name="caller">Its name in messages.</param>
/// <param name="limits">The limits.</param>
internal sealed class CallerBudget(string caller, GitHubLimits limits)
{
    private const string Core = "core";
    private const string Registration = "actions_runner_registration";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (int Used, DateTimeOffset Reset)> _windows = [];
    private int _points;
    private DateTimeOffset _pointsReset;

    /// <summary>Refuses a call that is over a limit.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="now">The time.</param>
    /// <param name="underWay">Concurrent calls, including this one.</param>
    public GitHubReply? Refuse(GitHubEndpoint endpoint, DateTimeOffset now, int underWay)
    {
        if (underWay > limits.Concurrent)
        {
            return SecondaryLimit(Minute);
        }

        var (resource, limit) = BudgetOf(endpoint);
        if (limit is { } most && Window(resource, now).Used >= most)
        {
            return GitHubReply.Error(403, $"API rate limit exceeded for {caller}.");
        }

        if (now >= _pointsReset)
        {
            (_points, _pointsReset) = (0, now + Minute);
        }

        _points += endpoint.Method == "GET" ? 1 : 5;
        return _points > limits.PointsPerMinute ? SecondaryLimit(_pointsReset - now) : null;
    }

    /// <summary>Counts a call, unless it was answered with 304, and sets the rate-limit headers.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="now">The time.</param>
    public void Charge(GitHubEndpoint endpoint, GitHubReply reply, DateTimeOffset now)
    {
        var (resource, limit) = BudgetOf(endpoint);
        if (limit is not { } most)
        {
            return;
        }

        var (used, reset) = Window(resource, now);
        used = Math.Min(most, used + (reply.Status == 304 ? 0 : 1));
        _windows[resource] = (used, reset);
        reply.Headers["x-ratelimit-limit"] = Number(most);
        reply.Headers["x-ratelimit-used"] = Number(used);
        reply.Headers["x-ratelimit-remaining"] = Number(most - used);
        reply.Headers["x-ratelimit-reset"] = Number(reset.ToUnixTimeSeconds());
        reply.Headers["x-ratelimit-resource"] = resource;
    }

    /// <summary>The response to a caller that exceeds the limit.</summary>
    /// <param name="wait">How long to wait.</param>
    public static GitHubReply SecondaryLimit(TimeSpan wait)
    {
        return TooMany(GitHubReply.Error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."), wait);
    }

    /// <summary>Sets how long to wait in a response.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="wait">How long.</param>
    public static GitHubReply TooMany(GitHubReply reply, TimeSpan wait)
    {
        reply.Headers["Retry-After"] = Number((long)Math.Ceiling(wait.TotalSeconds));
        return reply;
    }

    private (string Resource, int? Limit) BudgetOf(GitHubEndpoint endpoint) =>
        endpoint.IsRegistration && limits.RunnerRegistrationPerHour is { } limit ? (Registration, limit) : (Core, limits.CorePerHour);

    private (int Used, DateTimeOffset Reset) Window(string resource, DateTimeOffset now) =>
        _windows.TryGetValue(resource, out var window) && window.Reset > now
            ? window
            : (0, DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()) + TimeSpan.FromHours(1));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
