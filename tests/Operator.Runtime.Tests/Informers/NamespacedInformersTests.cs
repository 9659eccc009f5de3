using Operator.Runtime.Client;
using Operator.Runtime.Informers;

namespace Operator.Runtime.Tests.Informers;

public sealed class NamespacedInformersTests : IAsyncDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly KubernetesClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly NamespacedInformers<Widget> _informer;
    private readonly List<string?> _told = [];
    private Task _running = Task.CompletedTask;

    public NamespacedInformersTests()
    {
        _client = _server.Client(_environment);
        _informer = new(_client, ["ns", "other"], new InformerOptions(), _environment.Runtime);
        _informer.Store.AddIndex("color", widget => [widget.Spec.Color ?? ""]);
        _informer.AddHandler((_, after) => _told.Add(after?.Metadata.Name));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.Soon();
        _client.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_TwoNamespaces_ListsEachAndIsInSyncAfterTheLast()
    {
        _running = _informer.RunAsync(_stop.Token);
        var lists = new[] { await _server.NextAsync(), await _server.NextAsync() }.OrderBy(request => request.Path, StringComparer.Ordinal).ToArray();
        Assert.EndsWith("/namespaces/ns/widgets", lists[0].Path, StringComparison.Ordinal);
        Assert.EndsWith("/namespaces/other/widgets", lists[1].Path, StringComparison.Ordinal);

        lists[0].AnswerList("10", Widget.Json("a", 1, "red"));
        (await _server.NextAsync()).AnswerWatch();
        Assert.False(_informer.HasSynced);
        Assert.Null(_informer.LastResourceVersion);

        lists[1].AnswerList("12");
        await _informer.WaitForSyncAsync(default).Soon();
        Assert.True(_informer.HasSynced);
        Assert.Equal("10", _informer.LastResourceVersion);
        Assert.Equal(["a"], _told);
        Assert.Equal("a", Assert.Single(_informer.Store.ByIndex("color", "red")).Metadata.Name);
        Assert.Equal(1, _informer.Store.Count);
    }

    [Fact]
    public async Task Upsert_ObjectOfANamespaceThatIsNotFollowed_IsIgnored()
    {
        _running = _informer.RunAsync(_stop.Token);
        var lists = new[] { await _server.NextAsync(), await _server.NextAsync() };
        Array.ForEach(lists, request => request.AnswerList("1"));
        await _informer.WaitForSyncAsync(default).Soon();
        var stranger = Widget.Create("b", 2);
        stranger.Metadata.NamespaceProperty = "elsewhere";

        _informer.Store.Upsert(stranger);
        _informer.Store.Upsert(Widget.Create("c", 3));

        Assert.Equal("c", Assert.Single(_informer.Store.List()).Metadata.Name);
        Assert.Null(_informer.Store.Get(new("elsewhere", "b")));
        Assert.NotNull(_informer.Store.Get(Widget.Key("c")));
    }
}
