using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Operator.Runtime.Client;
using Operator.Runtime.Informers;

namespace Operator.Runtime.Tests.Informers;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly KubernetesClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();
    private readonly List<MalformedObject> _reported = [];
    private readonly Informer<Widget> _informer;
    private Task _running = Task.CompletedTask;

    public InformerTests()
    {
        _client = _server.Client(_environment, pageSize: 2);
        var options = new InformerOptions { BackOff = new(TimeSpan.Zero, TimeSpan.Zero), OnMalformed = _reported.Add };
        _informer = new(_client, options, _environment.Runtime);
        _informer.AddHandler((before, after) => _changes.Writer.TryWrite(
            $"{(after ?? before)!.Metadata.Name}:{before?.Metadata.ResourceVersion}>{after?.Metadata.ResourceVersion}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.Soon();
        _client.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_PagedListThenWatch_FillsTheStoreAndFollowsFromThere()
    {
        Start();
        (await _server.NextAsync()).AnswerPage("10", "next", Widget.Json("a", 1), Widget.Json("b", 2));
        Assert.False(_informer.HasSynced);
        (await _server.NextAsync()).AnswerPage("10", null, Widget.Json("c", 3));
        await _informer.WaitForSyncAsync(default).Soon();
        Assert.Equal(3, _informer.Store.Count);
        await ExpectAsync("a:>1", "b:>2", "c:>3");

        var request = await _server.NextAsync();
        Assert.Contains("watch=true", request.Query);
        Assert.Contains("resourceVersion=10", request.Query);
        Assert.Contains("timeoutSeconds=300", request.Query);
        var watch = request.AnswerWatch();
        await watch.SendAsync("MODIFIED", Widget.Json("a", 11, "blue"));
        await watch.SendAsync("DELETED", Widget.Json("b", 12));
        await watch.SendAsync("ADDED", Widget.Json("d", 13));
        await ExpectAsync("a:1>11", "b:2>", "d:>13");
        Assert.Equal("blue", _informer.Store.Get(Widget.Key("a"))!.Spec.Color);
    }

    [Fact]
    public async Task Run_WatchEnds_ResumesBehindTheLastBookmark()
    {
        var watch = await SyncAsync("10");
        await watch.SendAsync("ADDED", Widget.Json("a", 11));
        await watch.BookmarkAsync("50");
        watch.End();

        var request = await _server.NextAsync();
        Assert.Contains("resourceVersion=50", request.Query);
        Assert.Equal("50", _informer.LastResourceVersion);
    }

    [Fact]
    public async Task Run_ConnectionCut_ResumesWithoutAList()
    {
        var watch = await SyncAsync("10");
        await watch.SendAsync("ADDED", Widget.Json("a", 11));
        await ExpectAsync("a:>11");
        watch.Cut();

        var request = await _server.NextAsync();
        Assert.Contains("watch=true", request.Query);
        Assert.Contains("resourceVersion=11", request.Query);
        await request.AnswerWatch().SendAsync("MODIFIED", Widget.Json("a", 12));
        await ExpectAsync("a:11>12");
    }

    [Fact]
    public async Task Run_ConnectionCutInTheMiddleOfAMessage_ResumesBeforeIt()
    {
        var watch = await SyncAsync("10");
        await watch.SendRawAsync("""{"type":"ADDED","object":{"metadata":{"na""");
        watch.End();

        Assert.Contains("resourceVersion=10", (await _server.NextAsync()).Query);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_PlaceForgotten_ListsAgainAndNoticesWhatWent(bool asEvent)
    {
        var watch = await SyncAsync("10", Widget.Json("a", 1), Widget.Json("b", 2));
        await ExpectAsync("a:>1", "b:>2");
        if (asEvent)
        {
            await watch.ErrorAsync(HttpStatusCode.Gone, "Expired");
        }
        else
        {
            watch.End();
            (await _server.NextAsync()).Refuse(HttpStatusCode.Gone, "Expired");
        }

        var list = await _server.NextAsync();
        Assert.DoesNotContain("watch", list.Query);
        list.AnswerList("20", Widget.Json("b", 15), Widget.Json("c", 16));
        await ExpectAsync("b:2>15", "c:>16", "a:1>");
        Assert.Contains("resourceVersion=20", (await _server.NextAsync()).Query);
    }

    [Fact]
    public async Task Run_ServerBusy_ResumesWithoutAList()
    {
        var watch = await SyncAsync("10");
        watch.Cut();
        (await _server.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "InternalError");

        Assert.Contains("watch=true", (await _server.NextAsync()).Query);
    }

    [Fact]
    public async Task Run_ServerEndsEachWatchAtOnce_BacksOff()
    {
        await using var informer = new OtherInformer(_client, new() { BackOff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)) }, _environment);
        (await _server.NextAsync()).AnswerList("10");
        foreach (var seconds in (int[])[1, 2, 4, 4])
        {
            (await _server.NextAsync()).AnswerWatch().End();
            await _environment.Time.WaitedForAsync(TimeSpan.FromSeconds(seconds));
            Assert.False(_server.HasMore);
            _environment.Advance(TimeSpan.FromSeconds(seconds));
        }

        Assert.Contains("watch", (await _server.NextAsync()).Query);
    }

    [Fact]
    public async Task Run_NoPermission_SaysSoOnceAndKeepsTrying()
    {
        Start();
        for (var i = 0; i < 5; i++)
        {
            (await _server.NextAsync()).Refuse(HttpStatusCode.Forbidden, "Forbidden", "widgets is forbidden");
        }

        var list = await _server.NextAsync();
        Assert.Equal("widgets is forbidden", _informer.LastError);
        Assert.Single(_environment.Warnings, entry => entry.Text.Contains("widgets is forbidden"));
        list.AnswerList("10");
        await _informer.WaitForSyncAsync(default).Soon();
        Assert.Null(_informer.LastError);
    }

    [Fact]
    public async Task Run_MalformedObjects_AreLeftOutAndReportedOncePerVersion()
    {
        var watch = await SyncAsync("10", Widget.Json("a", 1), Widget.MalformedJson("bad", 2), Widget.Json("c", 3));
        await ExpectAsync("a:>1", "c:>3");
        Assert.Equal(Widget.Key("bad"), Assert.Single(_informer.MalformedObjects).Key);

        await watch.SendAsync("MODIFIED", Widget.MalformedJson("bad", 2));
        await watch.SendAsync("MODIFIED", Widget.MalformedJson("bad", 11));
        await watch.SendAsync("MODIFIED", Widget.MalformedJson("a", 12));
        await ExpectAsync("a:1>");
        Assert.Equal(["bad@2", "bad@11", "a@12"], _reported.Select(item => $"{item.Key.Name}@{item.ResourceVersion}"));
        Assert.Equal(3, _environment.Log.Count(entry => entry.Level == LogLevel.Warning && entry.Text.Contains("cannot be parsed")));

        await watch.SendAsync("MODIFIED", Widget.Json("bad", 13));
        await watch.SendAsync("DELETED", Widget.MalformedJson("a", 14));
        await watch.SendAsync("MODIFIED", Widget.Json("c", 15));
        await ExpectAsync("bad:>13", "c:3>15");
        Assert.Empty(_informer.MalformedObjects);
    }

    [Fact]
    public async Task Run_IndexFailsOnAnObject_TreatsItAsMalformed()
    {
        _informer.Store.AddIndex("color", item => [item.Spec.Color!.ToLowerInvariant()]);
        var watch = await SyncAsync("10", Widget.Json("a", 1), """{"metadata":{"name":"b","namespace":"ns","resourceVersion":"2"},"spec":{}}""");

        Assert.Equal(Widget.Key("b"), Assert.Single(_informer.MalformedObjects).Key);
        await watch.SendAsync("MODIFIED", Widget.Json("b", 11));
        await ExpectAsync("a:>1", "b:>11");
        Assert.Equal(2, _informer.Store.ByIndex("color", "red").Count);
    }

    [Fact]
    public async Task Run_HandlerFails_TheOthersAreCalledAllTheSame()
    {
        List<string?> called = [];
        _informer.AddHandler((_, _) => throw new InvalidOperationException("broken"));
        _informer.AddHandler((_, after) => called.Add(after?.Metadata.Name));

        await SyncAsync("10", Widget.Json("a", 1), Widget.Json("b", 2));

        Assert.Equal(["a", "b"], called);
        Assert.Equal(2, _environment.Log.Count(entry => entry.Exception?.Message == "broken"));
    }

    [Fact]
    public async Task Store_Upsert_TellsTheHandlersOnce()
    {
        var watch = await SyncAsync("10", Widget.Json("a", 1));

        _informer.Store.Upsert(Widget.Create("a", 12));
        await watch.SendAsync("MODIFIED", Widget.Json("a", 11));
        await watch.SendAsync("MODIFIED", Widget.Json("a", 12));
        await watch.SendAsync("MODIFIED", Widget.Json("a", 13));

        await ExpectAsync("a:>1", "a:1>12", "a:12>13");
    }

    [Fact]
    public async Task LastResourceVersion_EventHandledByTheHandlers_OnlyThenCountsAsSeen()
    {
        List<string?> seen = [];
        _informer.AddHandler((_, _) => seen.Add(_informer.LastResourceVersion));
        var watch = await SyncAsync("10", Widget.Json("a", 1));
        await watch.SendAsync("MODIFIED", Widget.Json("a", 11));
        await watch.SendAsync("MODIFIED", Widget.Json("a", 12));
        await ExpectAsync("a:>1", "a:1>11", "a:11>12");

        Assert.Equal([null, "10", "11"], seen);
    }

    private void Start() => _running = _informer.RunAsync(_stop.Token);

    private async Task<ScriptedWatch> SyncAsync(string version, params string[] items)
    {
        Start();
        (await _server.NextAsync()).AnswerList(version, items);
        await _informer.WaitForSyncAsync(default).Soon();
        return (await _server.NextAsync()).AnswerWatch();
    }

    private async Task ExpectAsync(params string[] changes)
    {
        List<string> seen = [];
        while (seen.Count < changes.Length)
        {
            seen.Add(await _changes.Reader.ReadAsync().AsTask().Soon());
        }

        Assert.Equal(changes, seen);
    }

    private sealed class OtherInformer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public OtherInformer(KubernetesClient client, InformerOptions options, TestEnvironment environment) =>
            _running = new Informer<Widget>(client, options, environment.Runtime).RunAsync(_stop.Token);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running.Soon();
            _stop.Dispose();
        }
    }
}
