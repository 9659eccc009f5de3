namespace Operator.Runtime.LeaderElection;

/// <summary>
/// Whether this process may still act as leader, evaluated by its clock at the moment of the query. A process that was paused (a suspended
/// machine, a starved node) continues where it was, before its elector has noticed that another process may be leader.
/// </summary>
/// <param name="time">The process's clock.</param>
public sealed class Leadership(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TimeSpan _deadline;
    private long _renewedAt;
    private bool _isHeld;
    private bool _isEnding;
    private int _term;
    private int _lostTerm;

    /// <summary>The number of this process's last term; 0 before the first, and without an election.</summary>
    public int Term
    {
        get
        {
            lock (_lock)
            {
                return _term;
            }
        }
    }

    /// <summary>
    /// Whether it is leader according to its elector but has not renewed its lease in time, or has lost its term and what was begun in it has not ended yet.
    /// </summary>
    public bool IsOverdue
    {
        get
        {
            lock (_lock)
            {
                return _isEnding || (_isHeld && IsLate);
            }
        }
    }

    /// <summary>
    /// Whether its last term has ended involuntarily, or will when its elector notices: what was started in it must have no effect.
    /// </summary>
    public bool HasLapsed => IsLapsed(Term);

    private bool IsLate => time.GetElapsedTime(_renewedAt) >= _deadline;

    /// <summary>Whether a term has ended involuntarily.</summary>
    /// <param name="term">Its number.</param>
    public bool IsLapsed(int term)
    {
        lock (_lock)
        {
            return term > 0 && (term <= _lostTerm || (term == _term && _isHeld && IsLate));
        }
    }

    internal void Begin(TimeSpan deadline, long renewedAt)
    {
        lock (_lock)
        {
            (_deadline, _renewedAt, _isHeld, _term) = (deadline, renewedAt, true, _term + 1);
        }
    }

    internal void Renew(long renewedAt)
    {
        lock (_lock)
        {
            _renewedAt = renewedAt;
        }
    }

    /// <summary>The term has ended.</summary>
    /// <param name="isLost">Whether involuntarily, and what was begun in it goes on: another call says when that has ended.</param>
    internal void End(bool isLost)
    {
        lock (_lock)
        {
            _isEnding = _isHeld && isLost;
            _lostTerm = _isEnding ? _term : _lostTerm;
            _isHeld = false;
        }
    }
}

/// <summary>
/// A call was not made: the process could not renew its leadership, or was paused longer than it lasts, so another process may be leader.
/// </summary>
public sealed class LeadershipLapsedException() : HttpRequestException("this process was paused for longer than its leadership lasts; nothing was sent");
