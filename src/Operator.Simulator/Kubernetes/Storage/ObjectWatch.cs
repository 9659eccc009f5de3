using System.Threading.Channels;

namespace Operator.Simulator.Kubernetes.Storage;

/// <summary>An open watch: its position in the history of a collection, and the signal for more.</summary>
/// <param name="number">Watches are numbered in the order in which they were opened.</param>
/// <param name="sent">The revision from which it starts.</param>
/// <param name="cut">Cuts its connection.</param>
internal sealed class ObjectWatch(long number, long sent, Action cut)
{
    private readonly Channel<bool> _wakeUp =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public long Number => number;

    /// <summary>Every change up to this revision was written to the connection.</summary>
    public long Sent { get; set; } = sent;

    /// <summary>It receives no changes after this revision; null for all.</summary>
    public long? HeldAfter { get; set; }

    public void Wake() => _wakeUp.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _wakeUp.Reader.ReadAsync(cancellationToken);

    public void Cut() => cut();
}
