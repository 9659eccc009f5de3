using Operator.Aws.Clients;

namespace Operator.Aws.Instances;

/// <summary>
/// Terminates or starts machines that are due at about the same time in one call. EC2 refuses the whole batch for one
/// machine that is unknown or protected, or that it has no capacity for; only then is it repeated one by one, because
/// for any other reason that would make things worse.
/// </summary>
/// <param name="clients">The clients.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="callAsync">Makes the call for some instances.</param>
internal sealed class InstanceBatcher(IAwsClientFactory clients, TimeProvider timeProvider, Func<IEc2Client, List<string>, Task> callAsync)
{
    /// <summary>Insignificant compared to a machine's start or shutdown.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMilliseconds(400);

    /// <summary>EC2 accepts 1,000; smaller batches fail together less often.</summary>
    private const int MaxBatch = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<AwsAccount, List<Entry>> _open = [];
    private readonly BurstWindow _window = new(timeProvider, BurstWindow.Shortest, LongestWindow);

    /// <summary>Makes the call for one machine; returns when EC2 has accepted it.</summary>
    /// <exception cref="AwsException">EC2 refused it.</exception>
    public Task SendAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        var entry = new Entry(instanceId);
        lock (_lock)
        {
            if (_open.TryGetValue(account, out var batch))
            {
                batch.Add(entry);
            }
            else
            {
                _open[account] = [entry];
                _ = SendSoonAsync(account, _window.Open(besideOthers: _open.Count > 1));
            }
        }

        return entry.Accepted.Task.WaitAsync(cancellationToken);
    }

    private async Task SendSoonAsync(AwsAccount account, TimeSpan window)
    {
        await Task.Delay(window, timeProvider, CancellationToken.None);
        List<Entry> batch;
        lock (_lock)
        {
            _open.Remove(account, out batch!);
            _window.Close();
        }

        await Task.WhenAll(batch.Chunk(MaxBatch).Select(chunk => SendAsync(account, chunk)));
    }

    private async Task SendAsync(AwsAccount account, Entry[] batch)
    {
        try
        {
            await callAsync(clients.Ec2(account), [.. batch.Select(entry => entry.InstanceId)]);
            Array.ForEach(batch, entry => entry.Accepted.TrySetResult());
        }
        catch (AwsException e) when (batch.Length > 1 && IsOfOne(e))
        {
            await Task.WhenAll(batch.Select(entry => SendAsync(account, [entry])));
        }
        catch (Exception e)
        {
            Array.ForEach(batch, entry => entry.Accepted.TrySetException(e));
        }
    }

    // A permission may be missing for machines with certain tags only.
    private static bool IsOfOne(AwsException refusal) => refusal.IsNotFound || refusal.IsMalformed || refusal.IsTerminationRefused || refusal.IsInsufficientCapacity || refusal.IsUnsupported
        || refusal.Code is "UnauthorizedOperation" or "IncorrectInstanceState";

    private sealed record Entry(string InstanceId)
    {
        public TaskCompletionSource Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
