namespace Operator.Aws.Mailboxes;

/// <summary>
/// Paces the commands of one account and region once Parameter Store has throttled them, as the SDK's adaptive mode does, but without holding a worker: a
/// command that has to wait is told when its turn comes. Each throttled second reduces the rate to 70 %, each other one adds a command a second; a minute
/// without throttling ends the pacing.
/// </summary>
internal sealed class CommandTurns(TimeProvider time)
{
    /// <summary>Half of the calls a second that an account is granted by default; machines need the other half to read their commands.</summary>
    private const double Slowest = 20;

    private const double Decrease = 0.7;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    /// <summary>Timers are rounded to it.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(1);

    /// <summary>Enough for 18,000 commands in line at the slowest rate.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private readonly ExpiringMap<string, TimeSpan> _turns = new(Longest, time, StringComparer.Ordinal);
    private double? _perSecond;
    private TimeSpan _slowedAt;
    private TimeSpan _next;
    private TimeSpan _countedSince;
    private int _count;

    /// <summary>Takes a turn. Turns are given in order of arrival, and kept until they come.</summary>
    /// <param name="instanceId">Whose command it is.</param>
    /// <returns>How long to wait before asking again; zero if the command may be sent now.</returns>
    public TimeSpan Take(string instanceId)
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            if (_turns.TryGet(instanceId, out var turn))
            {
                return TakeAt(turn, instanceId, now);
            }

            _perSecond = now - _slowedAt < Calm ? _perSecond : null;
            if (RateAt(now) is not { } rate)
            {
                return Pass(now);
            }

            turn = _next > now ? _next : now;
            _next = turn + (Second / rate);
            return TakeAt(turn, instanceId, now);
        }
    }

    /// <summary>Parameter Store has throttled a command.</summary>
    public void Slow()
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            if (_perSecond is null || now - _slowedAt >= Second)
            {
                _perSecond = Math.Max(Slowest, Decrease * (RateAt(now) ?? _count));
                _slowedAt = now;
            }
        }
    }

    private TimeSpan TakeAt(TimeSpan turn, string instanceId, TimeSpan now)
    {
        if (turn - now <= Tolerance)
        {
            _turns.Remove(instanceId);
            return Pass(now);
        }

        _turns.TryAdd(instanceId, turn);
        return turn - now;
    }

    // Counts the commands of the current second, from which the first rate is taken.
    private TimeSpan Pass(TimeSpan now)
    {
        (_countedSince, _count) = now - _countedSince < Second ? (_countedSince, _count + 1) : (now, 1);
        return TimeSpan.Zero;
    }

    private double? RateAt(TimeSpan now) => _perSecond + (now - _slowedAt).TotalSeconds;
}
