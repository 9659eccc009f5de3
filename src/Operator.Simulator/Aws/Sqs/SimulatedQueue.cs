namespace Operator.Simulator.Aws.Sqs;

/// <summary>A standard queue: a message that was received and not deleted comes again.</summary>
public sealed class SimulatedQueue
{
    /// <summary>How long a received message is hidden.</summary>
    public static readonly TimeSpan VisibilityTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly List<Entry> _entries = [];
    private int _last;

    internal SimulatedQueue(TimeProvider time) => _time = time;

    /// <summary>Number of messages, including hidden ones.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Puts a message in.</summary>
    /// <param name="body">Its body.</param>
    public void Send(string body)
    {
        lock (_lock)
        {
            _entries.Add(new($"message-{++_last}", body));
        }
    }

    internal IReadOnlyList<(string Id, string Receipt, string Body)> Receive(int most)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var received = _entries.Where(entry => entry.VisibleAt <= now).Take(most).ToList();
            foreach (var entry in received)
            {
                (entry.VisibleAt, entry.Receipt) = (now + VisibilityTimeout, $"{entry.Id}-{++_last}");
            }

            return [.. received.Select(entry => (entry.Id, entry.Receipt!, entry.Body))];
        }
    }

    internal void Delete(string receipt)
    {
        lock (_lock)
        {
            _entries.RemoveAll(entry => entry.Receipt == receipt);
        }
    }

    private sealed class Entry(string id, string body)
    {
        public string Id => id;

        public string Body => body;

        public DateTimeOffset VisibleAt { get; set; } = DateTimeOffset.MinValue;

        public string? Receipt { get; set; }
    }
}
