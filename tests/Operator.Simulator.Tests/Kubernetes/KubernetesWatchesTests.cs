using System.Text.Json.Nodes;

namespace Operator.Simulator.Tests.Kubernetes;

public sealed class KubernetesWatchesTests : KubernetesOnAManualClock
{
    [Fact]
    public async Task CutWatches_OpenWatch_BreaksOff()
    {
        using var watch = await WatchAsync();

        Kubernetes.Watches.CutWatches("configmaps");

        await Assert.ThrowsAnyAsync<IOException>(() => NextAsync(watch));
    }

    [Fact]
    public async Task CutWatches_OfAnotherResource_LeavesAWatchAlone()
    {
        using var watch = await WatchAsync();

        Kubernetes.Watches.CutWatches("secrets");
        Kubernetes.Objects.Apply(ConfigMap("a"));

        Assert.Equal("ADDED a", await NextAsync(watch));
    }

    [Fact]
    public async Task DropNextWatchEvents_OpenWatch_MissesThemAndANewOneDoesNot()
    {
        var start = Kubernetes.LatestResourceVersion;
        using var watch = await WatchAsync();
        Kubernetes.Watches.DropNextWatchEvents(1);

        Kubernetes.Objects.Apply(ConfigMap("a"));
        Kubernetes.Objects.Apply(ConfigMap("b"));

        Assert.Equal("ADDED b", await NextAsync(watch));
        using var later = await WatchAsync($"resourceVersion={start}");
        Assert.Equal(["ADDED a", "ADDED b"], [await NextAsync(later), await NextAsync(later)]);
    }

    [Fact]
    public async Task DropNextWatchEvents_OfAnotherResource_DropsNothingHere()
    {
        using var watch = await WatchAsync();
        Kubernetes.Watches.DropNextWatchEvents(1, "secrets");

        Kubernetes.Objects.Apply(ConfigMap("a"));

        Assert.Equal("ADDED a", await NextAsync(watch));
    }

    [Fact]
    public async Task CompactTo_WatchFromBefore_EndsWithGone()
    {
        var start = Kubernetes.LatestResourceVersion;
        Kubernetes.Objects.Apply(ConfigMap("a"));
        Kubernetes.CompactTo(Kubernetes.LatestResourceVersion);
        var answer = await SendAsync(HttpMethod.Get, $"{ConfigMaps}?watch=true&resourceVersion={start}");

        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

        Assert.Equal("ERROR", told["type"]!.ToString());
        Assert.Equal(410, told["object"]!["code"]!.GetValue<int>());
    }

    [Fact]
    public async Task CompactTo_WatchThatIsUpToDate_GoesOn()
    {
        using var watch = await WatchAsync();
        Kubernetes.Objects.Apply(ConfigMap("a"));
        await Kubernetes.Watches.WhenAllSentAsync(Kubernetes.LatestResourceVersion, CancellationToken.None);
        Kubernetes.Objects.Apply(Secret());

        Kubernetes.CompactTo(Kubernetes.LatestResourceVersion);
        Kubernetes.Objects.Apply(ConfigMap("b"));

        Assert.Equal(["ADDED a", "ADDED b"], [await NextAsync(watch), await NextAsync(watch)]);
    }

    [Fact]
    public async Task WhenAllSent_ChangesOfWatchedAndOtherResources_CompletesWhenTheWatchHasThem()
    {
        using var watch = await WatchAsync();
        Kubernetes.Objects.Apply(ConfigMap("a"));
        Kubernetes.Objects.Apply(Secret());

        await Kubernetes.Watches.WhenAllSentAsync(Kubernetes.LatestResourceVersion, CancellationToken.None);

        Assert.True(Kubernetes.Watches.AllSent(Kubernetes.LatestResourceVersion));
        Assert.Equal("ADDED a", await NextAsync(watch));
    }

    [Fact]
    public async Task Bookmarks_AMinutePassed_TellTheLatestVersion()
    {
        using var watch = await WatchAsync("allowWatchBookmarks=true&resourceVersion=" + Kubernetes.LatestResourceVersion);
        // Changes of other resources move the bookmark too.
        Kubernetes.Objects.Apply(Secret());
        await TimerWithinAsync(TimeSpan.FromMinutes(1));

        Clock.Advance(TimeSpan.FromMinutes(1));

        var told = JsonNode.Parse((await watch.ReadLineAsync())!)!;
        Assert.Equal("BOOKMARK", told["type"]!.ToString());
        Assert.Equal($"{Kubernetes.LatestResourceVersion}", told["object"]!["metadata"]!["resourceVersion"]!.ToString());
    }

    [Fact]
    public async Task Timeout_OnTheSimulatedClock_EndsTheWatch()
    {
        using var watch = await WatchAsync("timeoutSeconds=600");
        await TimerWithinAsync(TimeSpan.FromMinutes(10));

        Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("END", await NextAsync(watch));
        await Eventually.IsTrueAsync(() => Kubernetes.Watches.Count("configmaps") == 0, "the watch has ended");
    }

    [Fact]
    public async Task Dispose_OpenWatch_Ends()
    {
        using var watch = await WatchAsync();

        await Kubernetes.DisposeAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => NextAsync(watch));
    }

    private static JsonObject Secret() => new() { ["apiVersion"] = "v1", ["kind"] = "Secret", ["metadata"] = new JsonObject { ["name"] = "s" } };

    // A watch sets its timers just after it is registered.
    private Task TimerWithinAsync(TimeSpan duration) =>
        Eventually.IsTrueAsync(() => Clock.NextDue <= Clock.GetUtcNow() + duration, "a timer");
}
