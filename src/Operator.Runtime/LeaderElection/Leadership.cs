namespace Operator.Runtime.LeaderElection;

/// <summary>
/// Whether this process still may do what only a leader does, by its clock at the moment of the question. A process that was paused (a suspended machine, a
/// starved node) goes on where it was, before its election has noticed that another one may lead by now.
/// </summary>
/// <param name="time">The process's clock.</param>
public sealed class Leadership(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TimeSpan _deadline;
    private long _renewedAt;
    private bool _isHeld;
    private int _term;
    private int _lostTerm;

    /// <summary>The number of the last term of this process; 0 before the first, and without an election.</summary>
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

    /// <summary>Whether it leads, as far as its election knows, and has not renewed its lease in time.</summary>
    public bool IsOverdue
    {
        get
        {
            lock (_lock)
            {
                return _isHeld && IsLate;
            }
        }
    }

    /// <summary>Whether its last term has ended against its will, or will when its election looks: what was begun in it must have no effect.</summary>
    public bool HasLapsed => IsLapsed(Term);

    private bool IsLate => time.GetElapsedTime(_renewedAt) >= _deadline;

    /// <summary>Whether a term has ended against the process's will.</summary>
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

    internal void End(bool isLost)
    {
        lock (_lock)
        {
            _lostTerm = _isHeld && isLost ? _term : _lostTerm;
            _isHeld = false;
        }
    }
}

/// <summary>A call was not made: the process could not renew its leadership, or was paused for longer than that lasts, and another one may lead by now.</summary>
public sealed class LeadershipLapsedException() : HttpRequestException("this process was paused for longer than its leadership lasts; nothing was sent");
