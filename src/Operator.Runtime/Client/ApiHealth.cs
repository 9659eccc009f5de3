using System.Net;
using Operator.Runtime.LeaderElection;

namespace Operator.Runtime.Client;

/// <summary>Whether the API server can currently be read and written, judging by this process's calls. Thread-safe.</summary>
/// <param name="time">The clock.</param>
public sealed class ApiHealth(TimeProvider time)
{
    /// <summary>How long all calls must have failed before that is said: connections break as a matter of course.</summary>
    public static readonly TimeSpan ReportAfter = TimeSpan.FromSeconds(30);

    /// <summary>A call that has waited this long counts as unanswered.</summary>
    public static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(3);

    /// <summary>A failure that lasts longer is an outage and is reported.</summary>
    private static readonly TimeSpan Blip = TimeSpan.FromSeconds(5);

    /// <summary>Without recent calls nothing is known.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Failures _reads = new();
    private readonly Failures _writes = new();
    private readonly LinkedList<DateTimeOffset> _underWay = [];
    private DateTimeOffset _answeredAt;
    private DateTimeOffset? _outSince;
    private Action<DateTimeOffset, Exception>? _began;
    private Action<TimeSpan>? _ended;

    /// <summary>Whether calls currently fail without any success, for reasons other than the caller or the request.</summary>
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

    /// <summary>Whether an exception means that the server was unreachable or unable to answer.</summary>
    public static bool IsOutage(Exception exception) =>
        exception is KubernetesApiException refusal ? IsOutage(refusal.StatusCode)
        : exception is HttpRequestException or IOException or TimeoutException or OperationCanceledException || HasLapsed(exception)
            || (exception is AggregateException { InnerExceptions: { Count: > 0 } inner } && inner.All(IsOutage));

    /// <summary>What currently does not work, for users; null if nothing is known to be wrong.</summary>
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

    /// <summary>Reports each outage once when it begins and once when it is over.</summary>
    /// <param name="began">Called with its start and the last failure.</param>
    /// <param name="ended">Called with its duration.</param>
    public void FollowOutages(Action<DateTimeOffset, Exception> began, Action<TimeSpan> ended)
    {
        lock (_lock)
        {
            _began += began;
            _ended += ended;
        }
    }

    /// <summary>Starts a call; pass the result to <see cref="End"/>.</summary>
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

    /// <summary>A call was answered. A server that answers can also be written, unless it was a write that was refused.</summary>
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

    /// <summary>A call was not answered.</summary>
    internal void Unanswered(HttpMethod method, Exception failure) => Failed(method, failure, isRefusal: false, isOutage: true);

    /// <summary>
    /// The server refused a call: because of the request, which is a normal answer, or because of the caller or its own state.
    /// </summary>
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

    // A process that could not renew its leadership blocks requests to any service.
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

    // Failures without any success.
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
