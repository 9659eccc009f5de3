using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Instances;

/// <summary>
/// Terminates machines that are released at about the same time in one call. EC2 refuses the whole batch if one machine is unknown or
/// protected; only then is it repeated one by one, because for any other reason that would make things worse.
/// </summary>
internal sealed class TerminationBatcher(IAwsClientFactory clients, TimeProvider timeProvider)
{
    /// <summary>How long a batch stays open: insignificant compared to a machine's shutdown.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(5);

    /// <summary>EC2 accepts 1,000; smaller batches fail together less often.</summary>
    private const int MaxBatch = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<AwsAccount, List<Termination>> _open = [];

    /// <summary>Terminates one machine; returns when EC2 has accepted it.</summary>
    /// <exception cref="AwsException">EC2 refused it.</exception>
    public Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        var termination = new Termination(instanceId);
        lock (_lock)
        {
            if (_open.TryGetValue(account, out var batch))
            {
                batch.Add(termination);
            }
            else
            {
                _open[account] = [termination];
                _ = SendSoonAsync(account);
            }
        }

        return termination.Accepted.Task.WaitAsync(cancellationToken);
    }

    private async Task SendSoonAsync(AwsAccount account)
    {
        await Task.Delay(Window, timeProvider, CancellationToken.None);
        List<Termination> batch;
        lock (_lock)
        {
            _open.Remove(account, out batch!);
        }

        await Task.WhenAll(batch.Chunk(MaxBatch).Select(chunk => SendAsync(account, chunk)));
    }

    private async Task SendAsync(AwsAccount account, Termination[] batch)
    {
        try
        {
            await clients.Ec2(account).TerminateInstancesAsync(
                new TerminateInstancesRequest { InstanceIds = [.. batch.Select(termination => termination.InstanceId)] }, CancellationToken.None);
            Array.ForEach(batch, termination => termination.Accepted.TrySetResult());
        }
        catch (AwsException e) when (batch.Length > 1 && IsOfOne(e))
        {
            await Task.WhenAll(batch.Select(termination => SendAsync(account, [termination])));
        }
        catch (Exception e)
        {
            Array.ForEach(batch, termination => termination.Accepted.TrySetException(e));
        }
    }

    // A permission may be missing for machines with certain tags only.
    private static bool IsOfOne(AwsException refusal) =>
        refusal.IsNotFound || refusal.IsMalformed || refusal.IsTerminationRefused || refusal.Code == "UnauthorizedOperation";

    private sealed record Termination(string InstanceId)
    {
        public TaskCompletionSource Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
