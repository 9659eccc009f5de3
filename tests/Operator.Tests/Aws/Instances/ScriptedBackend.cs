using Operator.Aws.Fleets;
using Operator.Aws.Instances;
using Operator.Common;

namespace Operator.Tests.Aws.Instances;

/// <summary>A scripted launch backend that records its requests.</summary>
internal sealed class ScriptedBackend : ILaunchBackend
{
    private readonly List<LaunchRequest> _orders = [];

    /// <summary>How an order is answered; by default with all that it asks for.</summary>
    public Func<LaunchRequest, Task<LaunchResult>> Answer { get; set; } = order => Task.FromResult(Gives(order.Count));

    public IReadOnlyList<LaunchRequest> Orders
    {
        get
        {
            lock (_orders)
            {
                return [.. _orders];
            }
        }
    }

    /// <summary>So many machines: i-1, i-2 and so on.</summary>
    public static LaunchResult Gives(int count, ProviderException? failure = null) =>
        new([.. Enumerable.Range(1, count).Select(number => Machine($"i-{number}"))], failure);

    public static Instance Machine(string id) =>
        new(id, InstanceState.Pending, "m7a.large", "a", "spot", PrivateIp: null, new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero), "intent", "pool-uid", StateReason: null);

    /// <summary>When the next request may be sent.</summary>
    public Func<Task> Turn { get; set; } = () => Task.CompletedTask;

    public Task WaitForTurnAsync(LaunchNeed need, CancellationToken cancellationToken) => Turn();

    /// <summary>The request; by default any.</summary>
    public Func<LaunchNeed, Task<PreparedLaunch>> Prepare { get; set; } = _ => Task.FromResult(new PreparedLaunch([], "request-hash"));

    /// <summary>The hashes of the requests that were to be repeated.</summary>
    public List<string?> Repeats { get; } = [];

    public Task<PreparedLaunch> PrepareAsync(LaunchNeed need, CancellationToken cancellationToken) => Prepare(need);

    public Task<LaunchResult> RepeatAsync(LaunchRequest order, string? requestHash, CancellationToken cancellationToken)
    {
        lock (_orders)
        {
            Repeats.Add(requestHash);
        }

        return LaunchAsync(order, new([], requestHash ?? ""), cancellationToken);
    }

    public Task<LaunchResult> LaunchAsync(LaunchRequest order, PreparedLaunch prepared, CancellationToken cancellationToken)
    {
        lock (_orders)
        {
            _orders.Add(order);
        }

        return Answer(order);
    }
}
