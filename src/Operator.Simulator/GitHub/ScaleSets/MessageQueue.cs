using System.Text.Json;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>
/// The pending messages of a session. All events of one change are in one message; a message is redelivered until it is deleted. Every
/// method is called under the service's lock.
/// </summary>
/// <param name="service">The lock, for what happens later.</param>
/// <param name="nextId">Gives the next message its id.</param>
/// <param name="statistics">The numbers that go with a message.</param>
/// <param name="pollsChanged">A poll came or went.</param>
internal sealed class MessageQueue(ServiceLock service, Func<long> nextId, Func<ScaleSetStatistics> statistics, Action pollsChanged)
{
    private const int MostEvents = 50;

    private readonly Queue<JobMessage> _happened = new();
    private readonly SortedDictionary<long, GitHubReply> _messages = [];
    private readonly HashSet<MessagePoll> _polls = [];
    private bool _isChanged;
    private bool _isWaking;

    /// <summary>How many polls wait.</summary>
    public int Polls => _polls.Count;

    /// <summary>Something happened.</summary>
    /// <param name="message">To a job; or null when only the numbers have changed.</param>
    public void Add(JobMessage? message)
    {
        _isChanged = true;
        if (message is not null)
        {
            _happened.Enqueue(message);
        }

        if (!_isWaking)
        {
            // The numbers are right when the change is complete.
            _isWaking = true;
            service.Afterwards(() => service.Change(_ => Wake()));
        }
    }

    /// <summary>The oldest message that was not deleted, or null.</summary>
    public GitHubReply? Next()
    {
        if (_messages.Count > 0)
        {
            return _messages.First().Value;
        }

        if (!_isChanged)
        {
            return null;
        }

        var events = new List<JobMessage>();
        while (events.Count < MostEvents && _happened.TryDequeue(out var happened))
        {
            events.Add(happened);
        }

        _isChanged = _happened.Count > 0;
        var body = events.Count == 0 ? "" : JsonSerializer.Serialize(events, ServiceWire.Default.ListJobMessage);
        var message = new ScaleSetMessage(nextId(), "RunnerScaleSetJobMessages", body, statistics());
        return _messages[message.MessageId] = GitHubReply.Json(200, message, ServiceWire.Default.ScaleSetMessage);
    }

    /// <summary>A message was handled.</summary>
    /// <param name="id">Which.</param>
    public void Delete(long id) => _messages.Remove(id);

    public void Add(MessagePoll poll)
    {
        _polls.Add(poll);
        pollsChanged();
    }

    /// <summary>Ends one poll, unless it has ended.</summary>
    /// <param name="poll">Which.</param>
    /// <param name="reply">With what.</param>
    public void End(MessagePoll poll, GitHubReply reply)
    {
        if (_polls.Remove(poll))
        {
            poll.End(reply);
            pollsChanged();
        }
    }

    /// <summary>Answers all waiting polls.</summary>
    /// <param name="reply">With what.</param>
    public void Answer(GitHubReply reply)
    {
        foreach (var poll in _polls)
        {
            poll.End(reply);
        }

        _polls.Clear();
        pollsChanged();
    }

    private void Wake()
    {
        _isWaking = false;
        if (_polls.Count > 0 && Next() is { } message)
        {
            Answer(message);
        }
    }
}

/// <summary>A poll that waits for a message.</summary>
internal sealed class MessagePoll
{
    private readonly TaskCompletionSource<GitHubReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<GitHubReply> Reply => _reply.Task;

    public ITimer? Timer { get; set; }

    public void End(GitHubReply reply)
    {
        Timer?.Dispose();
        _reply.TrySetResult(reply);
    }
}
