using Operator.Runtime.Client;
using Operator.Runtime.Client.Patches;

namespace Operator.Runtime.Tests.Client;

public sealed class PatchExtensionsTests : IDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly KubernetesClient _client;

    public PatchExtensionsTests() => _client = _server.Client(_environment);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task PatchStatusIfChangedAsync_NothingChanged_WritesNothing()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var original = WithStatus(new() { Phase = "Idle", SeenAt = time });
        var desired = WithStatus(new() { Phase = "Idle", SeenAt = time.AddMilliseconds(400) }); // the wire has whole seconds
        desired.Spec.Color = "other";

        Assert.Null(await _client.PatchStatusIfChangedAsync(original, desired, withResourceVersion: true, default));
        Assert.False(_server.HasMore);
    }

    [Theory]
    [InlineData(false, """{"status":{"phase":"Busy","seenAt":null}}""")]
    [InlineData(true, """{"status":{"phase":"Busy","seenAt":null},"metadata":{"resourceVersion":"5"}}""")]
    public async Task PatchStatusIfChangedAsync_Changed_WritesTheDifferenceOnly(bool withVersion, string expected)
    {
        var original = WithStatus(new() { Phase = "Idle", SeenAt = DateTimeOffset.UnixEpoch });
        var desired = WithStatus(new() { Phase = "Busy" });

        var call = _client.PatchStatusIfChangedAsync(original, desired, withVersion, default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 6));

        Assert.Equal("6", (await call)!.Metadata.ResourceVersion);
        Assert.EndsWith("/widgets/w/status", request.Path);
        Assert.Equal(expected, request.Body);
    }

    [Fact]
    public async Task PatchStatusIfChangedAsync_FirstStatus_WritesItWhole()
    {
        var call = _client.PatchStatusIfChangedAsync(Widget.Create("w", 5), WithStatus(new() { Phase = "Idle" }), false, default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 6));
        await call;

        Assert.Equal("""{"status":{"phase":"Idle"}}""", request.Body);
    }

    [Fact]
    public async Task PatchIfChangedAsync_FinalizerAddedAndStatusChanged_LeavesTheStatusOut()
    {
        var original = Widget.Create("w", 5);
        var desired = WithStatus(new() { Phase = "Idle" });
        desired.Metadata.Finalizers = ["example.com/duty"];

        var call = _client.PatchIfChangedAsync(original, desired, withResourceVersion: true, default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 6));
        await call;

        Assert.EndsWith("/widgets/w", request.Path);
        Assert.Equal("""{"metadata":{"finalizers":["example.com/duty"],"resourceVersion":"5"}}""", request.Body);
    }

    [Fact]
    public async Task PatchIfChangedAsync_OnlyTheStatusChanged_WritesNothing() =>
        Assert.Null(await _client.PatchIfChangedAsync(Widget.Create("w", 5), WithStatus(new() { Phase = "Idle" }), true, default));

    private static Widget WithStatus(WidgetStatus status)
    {
        var widget = Widget.Create("w", 5);
        widget.Status = status;
        return widget;
    }
}
