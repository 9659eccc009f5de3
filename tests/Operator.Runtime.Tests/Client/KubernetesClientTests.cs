using System.Net;
using System.Text.Json.Nodes;
using Operator.Runtime.Client;
using V1Secret = k8s.Models.V1Secret;
using V1SelfSubjectAccessReview = k8s.Models.V1SelfSubjectAccessReview;

namespace Operator.Runtime.Tests.Client;

public sealed class KubernetesClientTests : IDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly KubernetesClient _client;

    public KubernetesClientTests() => _client = _server.Client(_environment, pageSize: 2);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task GetAsync_Namespaced_AsksForItsPathAndFillsInTheKind()
    {
        var call = _client.GetAsync<Widget>(new("ns", "w"), default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 7));

        var widget = await call;
        Assert.Equal("GET /apis/tests.example.com/v1/namespaces/ns/widgets/w", $"{request.Method} {request.Path}");
        Assert.Equal(("tests.example.com/v1", "Widget", "red"), (widget!.ApiVersion, widget.Kind, widget.Spec.Color));
    }

    [Fact]
    public async Task GetAsync_ClusterScopedAndCore_HaveTheirOwnPaths()
    {
        var shelf = _client.GetAsync<Shelf>(NamespacedName.ClusterScoped("s"), default);
        Assert.Equal("/apis/tests.example.com/v1beta1/shelves/s", (await _server.NextAsync()).Path);
        var secret = _client.GetAsync<V1Secret>(new("ns", "s"), default);
        Assert.Equal("/api/v1/namespaces/ns/secrets/s", (await _server.NextAsync()).Path);
        var review = _client.CreateAsync(new V1SelfSubjectAccessReview(), default);
        Assert.Equal("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", (await _server.NextAsync()).Path);
        Assert.False(shelf.IsCompleted || secret.IsCompleted || review.IsCompleted);
    }

    [Fact]
    public async Task GetAsync_NotFound_IsNull()
    {
        var call = _client.GetAsync<Widget>(new("ns", "w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.NotFound, "NotFound");

        Assert.Null(await call);
    }

    [Fact]
    public async Task GetAsync_NoNamespaceForANamespacedKind_IsRefusedBeforeAnyCall()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _client.GetAsync<Widget>(NamespacedName.ClusterScoped("w"), default));
        Assert.False(_server.HasMore);
    }

    [Fact]
    public async Task ListAsync_SeveralPages_FollowsThemToTheEnd()
    {
        var call = _client.ListAsync<Widget>("ns", "a=b", default);
        var first = await _server.NextAsync();
        first.AnswerPage("10", "more", Widget.Json("a", 1), Widget.Json("b", 2));
        var second = await _server.NextAsync();
        second.AnswerPage("10", null, Widget.Json("c", 3));

        var list = await call;
        Assert.Equal("?labelSelector=a=b&limit=2", first.Query);
        Assert.Equal("?labelSelector=a=b&limit=2&continue=more", second.Query);
        Assert.Equal(["a", "b", "c"], list.Items.Select(item => item.Metadata.Name));
        Assert.Equal("10", list.ResourceVersion);
        Assert.All(list.Items, item => Assert.Equal("Widget", item.Kind));
    }

    [Fact]
    public async Task ListAsync_EqualTexts_AreOneObject()
    {
        var call = _client.ListAsync<Widget>("ns", null, default);
        (await _server.NextAsync()).AnswerPage("10", null, Widget.Json("a", 1, "blue"), Widget.Json("b", 2, "blue"), Widget.Json("c", 3, new string('x', 300)));

        var items = (await call).Items;
        Assert.Same(items[0].Spec.Color, items[1].Spec.Color);
        Assert.Equal(("blue", "a", "b"), (items[0].Spec.Color, items[0].Metadata.Name, items[1].Metadata.Name));
        Assert.Equal(new string('x', 300), items[2].Spec.Color);
    }

    [Fact]
    public async Task ListAsync_PagesExpireMidway_BeginsAgain()
    {
        var call = _client.ListAsync<Widget>(null, null, default);
        (await _server.NextAsync()).AnswerPage("10", "more", Widget.Json("a", 1), Widget.Json("gone", 2));
        (await _server.NextAsync()).Refuse(HttpStatusCode.Gone, "Expired");
        (await _server.NextAsync()).AnswerPage("20", null, Widget.Json("a", 1));

        Assert.Equal(["a"], (await call).Items.Select(item => item.Metadata.Name));
    }

    [Fact]
    public async Task ListAsync_PagesKeepExpiring_AsksForAllAtOnce()
    {
        var call = _client.ListAsync<Widget>(null, null, default);
        for (var i = 0; i < 3; i++)
        {
            (await _server.NextAsync()).Refuse(HttpStatusCode.Gone, "Expired");
        }

        var last = await _server.NextAsync();
        last.AnswerPage("20", null, Widget.Json("a", 1));
        Assert.Equal("", last.Query);
        Assert.Single((await call).Items);
    }

    [Fact]
    public async Task ListAsync_OneMalformedItem_GivesTheOthersAndSaysWhichItWas()
    {
        var call = _client.ListAsync<Widget>(null, null, default);
        (await _server.NextAsync()).AnswerList("10", Widget.Json("a", 1), Widget.MalformedJson("bad", 2), Widget.Json("c", 3));

        var list = await call;
        Assert.Equal(["a", "c"], list.Items.Select(item => item.Metadata.Name));
        var malformed = Assert.Single(list.Malformed);
        Assert.Equal((Widget.Key("bad"), "2", "uid-bad"), (malformed.Key, malformed.ResourceVersion, malformed.Uid));
        Assert.Contains("$.spec.size", malformed.Error);
    }

    [Fact]
    public async Task ListAsync_ItemsNull_IsEmpty()
    {
        var call = _client.ListAsync<Widget>(null, null, default);
        (await _server.NextAsync()).Answer("""{"metadata":{"resourceVersion":"5"},"items":null}""");

        Assert.Empty((await call).Items);
    }

    [Fact]
    public async Task CreateAsync_Object_PostsItWithItsKindAndWithoutNulls()
    {
        var call = _client.CreateAsync(Widget.Create("w", 1, "blue"), default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 2));

        Assert.Equal("2", (await call).Metadata.ResourceVersion);
        Assert.Equal("POST /apis/tests.example.com/v1/namespaces/ns/widgets", $"{request.Method} {request.Path}");
        var body = JsonNode.Parse(request.Body)!;
        Assert.Equal("Widget", (string?)body["kind"]);
        Assert.Equal("""{"color":"blue"}""", body["spec"]!.ToJsonString());
        Assert.DoesNotContain("null", request.Body);
    }

    [Fact]
    public async Task PatchAsync_Status_SendsAMergePatchToTheSubresource()
    {
        var call = _client.PatchAsync<Widget>(new("ns", "w"), new JsonObject { ["status"] = null }, "status", default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 2));
        await call;

        Assert.Equal("PATCH /apis/tests.example.com/v1/namespaces/ns/widgets/w/status", $"{request.Method} {request.Path}");
        Assert.Equal("application/merge-patch+json", request.ContentType);
        Assert.Equal("""{"status":null}""", request.Body);
    }

    [Fact]
    public async Task ApplyAsync_Forced_NamesItsFieldManager()
    {
        var call = _client.ApplyAsync(Widget.Create("w", 1), new("me", Force: true), default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 2));
        await call;

        Assert.Equal("application/apply-patch+yaml", request.ContentType);
        Assert.Equal("?fieldManager=me&force=true", request.Query);
    }

    [Fact]
    public async Task DeleteAsync_WithPreconditions_SendsThem()
    {
        var call = _client.DeleteAsync<Widget>(new("ns", "w"), new("u", "5", PropagationPolicy.Foreground), default);
        var request = await _server.NextAsync();
        request.Answer("""{"kind":"Status","apiVersion":"v1","status":"Success"}""");

        Assert.Null(await call);
        Assert.Equal(
            """{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"5","uid":"u"},"propagationPolicy":"Foreground"}""",
            request.Body);
    }

    [Fact]
    public async Task DeleteAsync_FinalizersHoldIt_IsTheObjectOnItsWayOut()
    {
        var call = _client.DeleteAsync<Widget>(new("ns", "w"), null, default);
        (await _server.NextAsync()).Answer($$"""{"kind":"Widget",{{Widget.Json("w", 2)[1..]}}""");

        Assert.Equal("w", (await call)?.Metadata.Name);
    }

    [Fact]
    public async Task DeleteAsync_NotFound_IsNull()
    {
        var call = _client.DeleteAsync<Widget>(new("ns", "w"), null, default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.NotFound, "NotFound");

        Assert.Null(await call);
    }

    [Fact]
    public async Task DeleteAsync_AnotherUid_IsAConflict()
    {
        var call = _client.DeleteAsync<Widget>(new("ns", "w"), new(Uid: "u"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.Conflict, "Conflict");

        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => call)).IsConflict);
    }
}
