using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Simulator.Tests.Kubernetes;

public sealed class KubernetesFaultTests : KubernetesOnAManualClock
{
    [Fact]
    public async Task Error_Injected_IsAStatusWithoutEffect()
    {
        Faults.On("kubernetes:CREATE configmaps").Error(429, "TooManyRequests", "slow down", TimeSpan.FromSeconds(3)).Times(1);

        using var refused = await SendAsync(HttpMethod.Post, ConfigMaps, ConfigMap("a"));
        var status = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("TooManyRequests", status["reason"]!.ToString());
        Assert.Equal("slow down", status["message"]!.ToString());
        Assert.Equal(3, status["details"]!["retryAfterSeconds"]!.GetValue<int>());
        Assert.Equal(TimeSpan.FromSeconds(3), refused.Headers.RetryAfter!.Delta);
        Assert.Null(Kubernetes.Objects.Get("configmaps", "default", "a"));
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, ConfigMaps, ConfigMap("a"))).StatusCode);
    }

    [Fact]
    public async Task Cut_Injected_HasNoEffect()
    {
        Faults.On("kubernetes:CREATE configmaps").Cut().Times(1);

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(HttpMethod.Post, ConfigMaps, ConfigMap("a")));

        Assert.Null(Kubernetes.Objects.Get("configmaps", "default", "a"));
    }

    [Fact]
    public async Task LostAnswer_Injected_HasItsEffect()
    {
        Faults.On("kubernetes:CREATE configmaps").LoseAnswer().Times(1);

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(HttpMethod.Post, ConfigMaps, ConfigMap("a")));

        Assert.NotNull(Kubernetes.Objects.Get("configmaps", "default", "a"));
    }

    [Fact]
    public async Task Delay_Injected_IsOnTheSimulatedClock()
    {
        Faults.On("kubernetes:GET configmaps").Delay(TimeSpan.FromHours(1));
        Kubernetes.Objects.Apply(ConfigMap("a"));
        var answer = SendAsync(HttpMethod.Get, ConfigMaps + "/a");
        await Eventually.IsTrueAsync(() => Clock.NextDue is not null, "the call waits");

        Assert.False(answer.IsCompleted);
        Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
    }

    [Fact]
    public async Task Calls_EveryVerb_AreCountedByTheirNames()
    {
        const string Apply = "application/apply-patch+yaml";
        var b = $"{ConfigMaps}/b?fieldManager=test";
        await SendAsync(HttpMethod.Post, ConfigMaps, ConfigMap("a"));
        await SendAsync(HttpMethod.Get, ConfigMaps + "/a");
        await SendAsync(HttpMethod.Get, ConfigMaps);
        await SendAsync(HttpMethod.Put, ConfigMaps + "/a", ConfigMap("a"));
        await SendAsync(HttpMethod.Patch, ConfigMaps + "/a", new JsonObject(), "application/merge-patch+json");
        await SendAsync(HttpMethod.Patch, b, ConfigMap("b"), Apply);
        await SendAsync(HttpMethod.Delete, ConfigMaps + "/a");
        await SendAsync(HttpMethod.Delete, ConfigMaps);
        await SendAsync(HttpMethod.Patch, "/api/v1/namespaces/default/status", new JsonObject(), "application/merge-patch+json");
        using var watch = await WatchAsync();

        var expected = ((string[])["CREATE", "GET", "LIST", "UPDATE", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION", "WATCH"])
            .Select(verb => $"kubernetes:{verb} configmaps").Append("kubernetes:PATCH namespaces/status");
        Assert.Equal(expected.Order(StringComparer.Ordinal), Calls.Counts.Keys.Order(StringComparer.Ordinal));
        Assert.All(Calls.Counts.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Calls_InProcess_AreNotCountedAndMeetNoFaults()
    {
        Faults.On("kubernetes:*").Error(500, "InternalError");

        Kubernetes.Objects.Apply(ConfigMap("a"));
        Kubernetes.Objects.Delete("configmaps", "default", "a");

        Assert.Empty(Calls.Counts);
        Assert.Equal(HttpStatusCode.InternalServerError, (await SendAsync(HttpMethod.Get, ConfigMaps)).StatusCode);
    }
}
