using System.Net;
using Operator.Runtime.Client;

namespace Operator.Runtime.Tests.Client;

public sealed class WatchTests : IDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly KubernetesClient _client;

    public WatchTests() => _client = _server.Client(_environment);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task WatchAsync_WithOptions_AsksForThem()
    {
        var options = new WatchOptions { Namespace = "ns", LabelSelector = "a=b", ResourceVersion = "5", Timeout = TimeSpan.FromMinutes(5) };
        await using var watch = _client.WatchAsync<Widget>(options, default).GetAsyncEnumerator();
        var next = watch.MoveNextAsync();
        var request = await _server.NextAsync();
        request.AnswerWatch().End();

        Assert.False(await next);
        Assert.Equal("/apis/tests.example.com/v1/namespaces/ns/widgets", request.Path);
        Assert.Equal("?watch=true&allowWatchBookmarks=true&labelSelector=a=b&resourceVersion=5&timeoutSeconds=300", request.Query);
    }

    [Fact]
    public async Task WatchAsync_Messages_AreHandedOutAsTheyCome()
    {
        await using var watch = _client.WatchAsync<Widget>(new(), default).GetAsyncEnumerator();
        var first = watch.MoveNextAsync();
        var stream = (await _server.NextAsync()).AnswerWatch();

        await stream.SendAsync("ADDED", Widget.Json("a", 1));
        Assert.True(await first);
        Assert.Equal((WatchEventType.Added, "a", "1"), (watch.Current.Type, watch.Current.Item!.Metadata.Name, watch.Current.ResourceVersion));

        await stream.BookmarkAsync("9");
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal((WatchEventType.Bookmark, "9"), (watch.Current.Type, watch.Current.ResourceVersion));

        await stream.SendAsync("DELETED", Widget.Json("a", 10));
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal((WatchEventType.Deleted, "10"), (watch.Current.Type, watch.Current.ResourceVersion));

        await stream.ErrorAsync(HttpStatusCode.Gone, "Expired");
        Assert.True(await watch.MoveNextAsync());
        Assert.True(watch.Current.Error!.IsGone);
    }

    [Fact]
    public async Task WatchAsync_MessagesInPiecesAndLumps_AreTakenApartRightly()
    {
        var text = string.Concat(Enumerable.Range(1, 20).Select(i => $$"""{"type":"MODIFIED","object":{{Widget.Json("w" + i, i)}}}""" + "\n"));
        await using var watch = _client.WatchAsync<Widget>(new(), default).GetAsyncEnumerator();
        var first = watch.MoveNextAsync();
        var stream = (await _server.NextAsync()).AnswerWatch();
        var feeding = Task.Run(async () =>
        {
            for (var start = 0; start < text.Length; start += 97)
            {
                await stream.SendRawAsync(text[start..Math.Min(start + 97, text.Length)]);
            }

            stream.End();
        });

        List<string?> names = [];
        for (var more = await first; more; more = await watch.MoveNextAsync())
        {
            names.Add(watch.Current.Item!.Metadata.Name);
        }

        await feeding;
        Assert.Equal(Enumerable.Range(1, 20).Select(i => "w" + i), names);
    }

    [Fact]
    public async Task WatchAsync_MalformedObject_IsNamedAndTheWatchGoesOn()
    {
        await using var watch = _client.WatchAsync<Widget>(new(), default).GetAsyncEnumerator();
        var first = watch.MoveNextAsync();
        var stream = (await _server.NextAsync()).AnswerWatch();
        await stream.SendAsync("MODIFIED", Widget.MalformedJson("bad", 3));
        await stream.SendAsync("ADDED", Widget.Json("good", 4));

        Assert.True(await first);
        Assert.Equal((WatchEventType.Malformed, "3"), (watch.Current.Type, watch.Current.ResourceVersion));
        Assert.Equal(Widget.Key("bad"), watch.Current.Malformed!.Key);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal("good", watch.Current.Item!.Metadata.Name);
    }

    [Fact]
    public async Task WatchAsync_NothingHeardForTooLong_TimesOut()
    {
        var options = new WatchOptions { SilenceLimit = TimeSpan.FromMinutes(3) };
        await using var watch = _client.WatchAsync<Widget>(options, default).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();
        (await _server.NextAsync()).AnswerWatch();
        await _environment.Time.WaitedForAsync(TimeSpan.FromMinutes(3));

        _environment.Advance(TimeSpan.FromMinutes(3));

        await Assert.ThrowsAsync<TimeoutException>(() => next.Soon());
    }

    [Fact]
    public async Task WatchAsync_RefusedAtOnce_Throws()
    {
        await using var watch = _client.WatchAsync<Widget>(new(), default).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();
        (await _server.NextAsync()).Refuse(HttpStatusCode.Gone, "Expired");

        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => next)).IsGone);
    }
}
