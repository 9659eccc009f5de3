using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Web;

/// <summary>How many runners may be registered with a place in five minutes.</summary>
/// <param name="limit">The limit, or null.</param>
internal sealed class RegistrationWindow(int? limit)
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, (int Count, DateTimeOffset Reset)> _registrations = new(StringComparer.Ordinal);

    /// <summary>Counts a registration; returns how long to wait if it is one too many.</summary>
    /// <param name="place">Where.</param>
    /// <param name="now">The time.</param>
    public TimeSpan? Refuse(RunnerPlace place, DateTimeOffset now)
    {
        var (count, reset) = _registrations.GetValueOrDefault(place.Path);
        (count, reset) = reset > now ? (count + 1, reset) : (1, now + Length);
        _registrations[place.Path] = (count, reset);
        return count > limit ? reset - now : null;
    }
}
