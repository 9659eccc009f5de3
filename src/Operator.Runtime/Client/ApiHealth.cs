using System.Net;

namespace Operator.Runtime.Client;

/// <summary>Whether the API server can be read and written at present, as far as the calls of this process show. Thread-safe.</summary>
/// <param name="time">The clock.</param>
public sealed class ApiHealth(TimeProvider time)
{
    /// <summary>How long all calls must have failed before that is said: connections break as a matter of course.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A process that has stopped trying knows nothing.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Failures _reads = new();
    private readonly Failures _writes = new();

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

    /// <summary>A call was answered. A server that answers can be written, too, unless it was the one that refused to be.</summary>
    internal void Answered(HttpMethod method)
    {
        lock (_lock)
        {
            (method == HttpMethod.Get ? _reads : _writes).End();
            if (!_writes.AreRefusals)
            {
                _writes.End();
            }
        }
    }

    /// <summary>There was no answer.</summary>
    internal void Unanswered(HttpMethod method) => Failed(method, isRefusal: false);

    /// <summary>The server refused a call: because of what was asked, which is an answer like any other, or because of who asked, or its own state.</summary>
    internal void Refused(HttpMethod method, KubernetesApiException refusal)
    {
        if (refusal.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
        {
            Failed(method, isRefusal: true);
        }
        else
        {
            Answered(method);
        }
    }

    private void Failed(HttpMethod method, bool isRefusal)
    {
        lock (_lock)
        {
            (method == HttpMethod.Get ? _reads : _writes).Add(time.GetUtcNow(), isRefusal);
        }
    }

    // Failures with no success among them.
    private sealed class Failures
    {
        private DateTimeOffset _last;

        public DateTimeOffset? Since { get; private set; }

        public bool AreRefusals { get; private set; }

        public bool HaveLasted(DateTimeOffset now) => _last >= Since + Patience && now < _last + Memory;

        public void Add(DateTimeOffset now, bool isRefusal)
        {
            Since ??= now;
            (_last, AreRefusals) = (now, isRefusal);
        }

        public void End() => (Since, AreRefusals) = (null, false);
    }
}
