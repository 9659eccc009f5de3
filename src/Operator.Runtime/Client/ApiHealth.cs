using System.Net;
using Operator.Runtime.LeaderElection;

namespace Operator.Runtime.Client;

/// <summary>Whether the API server can be read and written at present, as far as the calls of this process show. Thread-safe.</summary>
/// <param name="time">The clock.</param>
public sealed class ApiHealth(TimeProvider time)
{
    /// <summary>How long all calls must have failed before that is said: connections break as a matter of course.</summary>
    public static readonly TimeSpan ReportAfter = TimeSpan.FromSeconds(30);

    /// <summary>An answer that is waited for this long is none.</summary>
    public static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(3);

    /// <summary>A failure that is not over by then is an outage, and told.</summary>
    private static readonly TimeSpan Blip = TimeSpan.FromSeconds(5);

    /// <summary>A process that has stopped trying knows nothing.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Failures _reads = new();
    private readonly Failures _writes = new();
    private readonly LinkedList<DateTimeOffset> _underWay = [];
    private DateTimeOffset _answeredAt;
    private DateTimeOffset? _outSince;
    private Action<DateTimeOffset, Exception>? _began;
    private Action<TimeSpan>? _ended;

    /// <summary>Whether calls fail at present without one that is answered among them, though nothing is wrong with who asks or what is asked.</summary>
    public bool IsFailing
    {
        get
        {
            lock (_lock)
            {
                return _reads.AreOutage || _writes.AreOutage
                    || (_underWay.First?.Value is { } oldest && oldest >= _answeredAt && time.GetUtcNow() - oldest >= SlowAnswer);
            }
        }
    }

    /// <summary>Whether an exception says that the server was not there, or not able to answer.</summary>
    public static bool IsOutage(Exception exception) =>
        exception is KubernetesApiException refusal ? IsOutage(refusal.StatusCode)
        : exception is HttpRequestException or IOException or TimeoutException or OperationCanceledException || HasLapsed(exception)
            || (exception is AggregateException { InnerExceptions: { Count: > 0 } inner } && inner.All(IsOutage));

    /// <summary>What cannot be done at present, for people; null if nothing is known to be wrong.</summary>
    public string? FindProblem()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            return _reads.HaveLasted(now) ? $"every read from the API server has failed since {_reads.Since:u}"
                : _writes.HaveLasted(now) ? $"every write to the API server has failed since {_writes.Since:u}"
                : null;
        }
    }

    /// <summary>Tells of each outage once when it begins, and once when it is over.</summary>
    /// <param name="began">Is told since when it lasts, and the last failure.</param>
    /// <param name="ended">Is told how long it lasted.</param>
    public void FollowOutages(Action<DateTimeOffset, Exception> began, Action<TimeSpan> ended)
    {
        lock (_lock)
        {
            _began += began;
            _ended += ended;
        }
    }

    /// <summary>A call is made; give the result to <see cref="End"/>.</summary>
    internal LinkedListNode<DateTimeOffset> Begin()
    {
        lock (_lock)
        {
            return _underWay.AddLast(time.GetUtcNow());
        }
    }

    internal void End(LinkedListNode<DateTimeOffset> call)
    {
        lock (_lock)
        {
            _underWay.Remove(call);
        }
    }

    /// <summary>A call was answered. A server that answers can be written, too, unless it was the one that refused to be.</summary>
    internal void Answered(HttpMethod method)
    {
        TimeSpan? ended = null;
        lock (_lock)
        {
            _answeredAt = time.GetUtcNow();
            (method == HttpMethod.Get ? _reads : _writes).End();
            if (!_writes.AreRefusals)
            {
                _writes.End();
            }

            if (_outSince is { } since && !_reads.AreOutage && !_writes.AreOutage)
            {
                (ended, _outSince) = (time.GetUtcNow() - since, null);
            }
        }

        if (ended is { } duration)
        {
            _ended?.Invoke(duration);
        }
    }

    /// <summary>There was no answer.</summary>
    internal void Unanswered(HttpMethod method, Exception failure) => Failed(method, failure, isRefusal: false, isOutage: true);

    /// <summary>The server refused a call: because of what was asked, which is an answer like any other, or because of who asked, or its own state.</summary>
    internal void Refused(HttpMethod method, KubernetesApiException refusal)
    {
        if (refusal.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || IsOutage(refusal.StatusCode))
        {
            Failed(method, refusal, isRefusal: true, IsOutage(refusal.StatusCode));
        }
        else
        {
            Answered(method);
        }
    }

    // Whoever could not renew its leadership lets nothing out, to whichever service.
    private static bool HasLapsed(Exception? exception) => exception is LeadershipLapsedException || (exception?.InnerException is { } inner && HasLapsed(inner));

    private static bool IsOutage(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private void Failed(HttpMethod method, Exception failure, bool isRefusal, bool isOutage)
    {
        DateTimeOffset? began = null;
        lock (_lock)
        {
            var (failures, now) = (method == HttpMethod.Get ? _reads : _writes, time.GetUtcNow());
            failures.Add(now, isRefusal, isOutage);
            if (_outSince is null && failures.AreOutage && now >= failures.Since + Blip)
            {
                began = _outSince = failures.Since;
            }
        }

        if (began is { } since)
        {
            _began?.Invoke(since, failure);
        }
    }

    // Failures with no success among them.
    private sealed class Failures
    {
        private DateTimeOffset _last;

        public DateTimeOffset? Since { get; private set; }

        public bool AreRefusals { get; private set; }

        public bool AreOutage { get; private set; }

        public bool HaveLasted(DateTimeOffset now) => _last >= Since + ReportAfter && now < _last + Memory;

        public void Add(DateTimeOffset now, bool isRefusal, bool isOutage)
        {
            Since ??= now;
            (_last, AreRefusals, AreOutage) = (now, isRefusal, isOutage);
        }

        public void End() => (Since, AreRefusals, AreOutage) = (null, false, false);
    }
}
