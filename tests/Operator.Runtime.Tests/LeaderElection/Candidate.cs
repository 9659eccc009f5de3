using Operator.Runtime.LeaderElection;
using Operator.Simulator.Time;

namespace Operator.Runtime.Tests.LeaderElection;

/// <summary>A process that wants to lead, on a clock that it shares with others.</summary>
internal sealed class Candidate : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _ended = new(0);
    private Task _running = Task.CompletedTask;
    private int _terms;

    public Candidate(string identity, LeaseServer server, ManualTimeProvider clock)
    {
        Client = new(server);
        Environment = new(clock);
        Leadership = new(clock);
        Elector = new(Client, new() { Lease = new("ns", "lease"), Identity = identity, Leadership = Leadership }, Environment.Runtime);
    }

    public static TimeSpan Retry { get; } = TimeSpan.FromSeconds(2);

    public LeaseClient Client { get; }

    public TestEnvironment Environment { get; }

    public LeaderElector Elector { get; }

    public Leadership Leadership { get; }

    /// <summary>Whether the leader's work is running and has not been cancelled.</summary>
    public bool IsWorking { get; private set; }

    public int Terms => _terms;

    /// <summary>What the leader does; the default waits for the end of leadership or of the process.</summary>
    public Func<CancellationToken, Task>? Work { get; init; }

    public void Start() => _running = Elector.RunAsync(LeadAsync, _stopping.Token, _abort.Token);

    /// <summary>Ends once the elector waits until it looks or renews the next time.</summary>
    public Task RestsAsync() => Environment.Time.PausedForAsync(Retry);

    /// <summary>Completes whenever it becomes leader.</summary>
    public Task LeadsAsync() => _begun.WaitAsync().Soon();

    /// <summary>Completes whenever its work is cancelled.</summary>
    public Task LosesAsync() => _ended.WaitAsync().Soon();

    /// <summary>Stops in order.</summary>
    public Task StopAsync()
    {
        _stopping.Cancel();
        return _running.Soon();
    }

    /// <summary>Ends like a killed process: the lease is not released.</summary>
    public async Task KillAsync()
    {
        Client.IsCut = true;
        await _abort.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default).Soon();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _stopping.Dispose();
        _abort.Dispose();
        _begun.Dispose();
        _ended.Dispose();
    }

    private async Task LeadAsync(CancellationToken lost)
    {
        IsWorking = true;
        Interlocked.Increment(ref _terms);
        await using var end = lost.Register(() => IsWorking = false);
        _begun.Release();
        if (Work is { } work)
        {
            await work(lost);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(lost, _stopping.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IsWorking = false;
        _ended.Release();
    }
}
