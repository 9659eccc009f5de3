using NSubstitute;
using Operator.Runtime.Client;
using Operator.Runtime.Controllers;
using Operator.Runtime.Informers;

namespace Operator.Runtime.Tests.Controllers;

/// <summary>A term of leadership begins with what the store holds, and leaves nothing behind.</summary>
public sealed class ControllerManagerTests
{
    private readonly TestEnvironment _environment = new();
    private readonly FollowedKind _kind = new();
    private readonly Recorder _recorder = new();
    private readonly List<Controller> _terms = [];
    private readonly IAsyncDisposable _scope = Substitute.For<IAsyncDisposable>();

    [Fact]
    public async Task Term_BeginsWithWhatIsStored_ThenFollowsChanges()
    {
        _kind.Store.Set(Widget.Create("before", 1));
        using var manager = Create();
        await manager.StartAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(() => _recorder.Seen.Contains("before"), "what was there");

        _kind.Change(before: null, Widget.Create("after", 2));

        await Eventually.IsTrueAsync(() => _recorder.Seen.Contains("after"), "what has changed");
        await manager.StopAsync(CancellationToken.None).Soon();
    }

    [Fact]
    public async Task Term_ThatEnds_EndsItsSources_AndItsScope()
    {
        using var manager = Create();
        await manager.StartAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(() => manager.IsLeading, "a leader");
        Assert.Single(_kind.Handlers);

        await manager.StopAsync(CancellationToken.None).Soon();

        Assert.False(manager.IsLeading);
        Assert.Empty(_kind.Handlers);
        await _scope.Received(1).DisposeAsync();
        _terms.Single().Queue.Add(new("default", "late"));
        Assert.Equal(0, _terms.Single().Queue.Count);
    }

    private ControllerManager Create() => new(new() { Informers = [_kind], BeginTerm = Begin }, _environment.Runtime);

    private LeaderTerm Begin()
    {
        _terms.Add(new ControllerBuilder("widgets", new(), _environment.Runtime).For(_kind).Build(_recorder));
        return new() { Controllers = [_terms[^1]], Scope = _scope };
    }

    private sealed class Recorder : IReconciler
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _seen = new();

        public IEnumerable<string> Seen => _seen;

        public Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
        {
            _seen.Enqueue(key.Name);
            return Task.FromResult(ReconcileResult.Done);
        }
    }

    // An informer whose changes the test makes.
    private sealed class FollowedKind : IInformer<Widget>
    {
        public List<Action<Widget?, Widget?>> Handlers { get; } = [];

        public ObjectStore<Widget> Store { get; } = new();

        IStore<Widget> IInformer<Widget>.Store => Store;

        public IReadOnlyCollection<MalformedObject> MalformedObjects => [];

        public string Kind => "Widget";

        public bool HasSynced => true;

        public string? LastResourceVersion => "1";

        public DateTimeOffset? LastEventAt => null;

        public string? LastError => null;

        public void Change(Widget? before, Widget? after) => Handlers.ForEach(handler => handler(before, after));

        public IDisposable AddHandler(Action<Widget?, Widget?> handler)
        {
            Handlers.Add(handler);
            return new End(() => Handlers.Remove(handler));
        }

        public Task RunAsync(CancellationToken cancellationToken) =>
            Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        private sealed class End(Action end) : IDisposable
        {
            public void Dispose() => end();
        }
    }
}
