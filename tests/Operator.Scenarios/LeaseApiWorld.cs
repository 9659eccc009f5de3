using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Oidc;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A world whose operators serve the lease API, and what workflows say to it.</summary>
internal sealed class LeaseApiWorld : IAsyncDisposable
{
    private LeaseApiWorld(Scenario scenario) => Scenario = scenario;

    public Scenario Scenario { get; }

    public SimulatedWorld World => Scenario.World;

    public static OidcJob Job { get; } = new(SimulatedWorld.Repository, 1234);

    /// <summary>Starts it with a pool that takes leases of the organization's pushes.</summary>
    /// <param name="access">More of <c>spec.access</c>.</param>
    /// <param name="rule">More of its rule.</param>
    /// <param name="replicas">Operators.</param>
    /// <param name="maxRunners">Of the pool.</param>
    public static async Task<LeaseApiWorld> StartAsync(string access = "", string rule = "", int replicas = 1, int maxRunners = 5)
    {
        var world = new LeaseApiWorld(await Scenario.StartAsync());
        world.World.ServesLeases = true;
        world.World.LeaderElect = replicas > 1;
        for (var replica = 0; replica < replicas; replica++)
        {
            await world.Scenario.StartOperatorAsync();
        }

        world.ApplyPool(access, rule, maxRunners);
        await world.Scenario.UntilOpenOrPreparedAsync("LeasesOnly");
        return world;
    }

    public void ApplyPool(string access = "", string rule = "", int maxRunners = 5, string name = Scenario.Pool, string url = "https://github.com/my-org") => Scenario.ApplyPool(
        minIdle: 0, demand: "LeasesOnly", maxRunners: maxRunners, runner: "lifecycle: Reusable", name: name, url: url,
        extra: $$"""access: { {{access}}{{(access.Length > 0 ? ", " : "")}}allow: [ {ownerId: "{{OwnerId}}"{{(rule.Length > 0 ? ", " : "")}}{{rule}} } ] }""");

    public string OwnerId => World.GitHub.Oidc.Claims(Job, "x")["repository_owner_id"]!.ToString();

    public string Token(OidcJob? job = null) => World.GitHub.Oidc.Mint(job ?? Job, SimulatedWorld.LeaseApiUrl);

    public IReadOnlyList<JsonObject> Sets => World.Kubernetes.Objects.List("runnerleasesets");

    public Task<Answer> TakeAsync(string body = "{}", string? token = null, string? key = null, OperatorIncarnation? at = null, OidcJob? job = null) =>
        SendAsync(HttpMethod.Post, "/v1/leases", body, token ?? Token(job), key, at);

    public Task<Answer> LookAsync(string id, string query = "", OidcJob? job = null, OperatorIncarnation? at = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Get, $"/v1/leases/{id}{query}", body: null, Token(job), at: at, cancellationToken: cancellationToken);

    public Task<Answer> ReleaseAsync(string? id = null, OidcJob? job = null, OperatorIncarnation? at = null) =>
        SendAsync(HttpMethod.Delete, id is null ? "/v1/leases" : $"/v1/leases/{id}", body: null, Token(job), at: at);

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? body, string? token, string? key = null, OperatorIncarnation? at = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, new Uri((at ?? Scenario.Operator).LeaseApi!, path));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await Scenario.Http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal); // no part of any token
        return new(response.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null, response.Headers.RetryAfter?.Delta, response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>Takes a lease and waits until it is no longer being provisioned.</summary>
    public async Task<JsonNode> TakeAndWaitAsync(string body = "{}", OidcJob? job = null)
    {
        var taken = await TakeAsync(body, job: job);
        Assert.True(taken.Status == HttpStatusCode.Created, $"{taken}");
        return await WaitAsync(taken.Id, job);
    }

    public async Task<JsonNode> WaitAsync(string id, OidcJob? job = null)
    {
        JsonNode? lease = null;
        for (var look = 0; look < 20 && lease?["state"]?.ToString() is null or "Provisioning"; look++)
        {
            var answer = LookAsync(id, "?wait=60", job);
            await Scenario.Driver.RunUntilAsync(() => answer.IsCompleted, TimeSpan.FromSeconds(90), "the wait is over");
            lease = (await answer).Body;
        }

        return lease!;
    }

    public async ValueTask DisposeAsync() => await Scenario.DisposeAsync();

    internal sealed record Answer(HttpStatusCode Status, JsonNode? Body, TimeSpan? RetryAfter, string? MediaType)
    {
        public string Id => Body?["id"]?.ToString() ?? "";

        public string? Reason => Body?["title"]?.ToString();
    }
}
