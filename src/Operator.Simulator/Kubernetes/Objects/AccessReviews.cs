using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>The users that the simulated cluster knows by their tokens, and what each of them may do. Answers TokenReviews and SubjectAccessReviews.</summary>
public sealed class AccessReviews
{
    private const string OwnAudience = "https://kubernetes.default.svc";

    private ImmutableDictionary<string, (string User, string Audience)> _tokens = ImmutableDictionary<string, (string, string)>.Empty;
    private ImmutableHashSet<(string User, string Verb, string Resource, string Namespace)> _rights = [];

    /// <summary>Makes a token known.</summary>
    /// <param name="token">The token.</param>
    /// <param name="user">Whose it is.</param>
    /// <param name="audience">Whom it is for; null for the API server.</param>
    public void AddToken(string token, string user, string? audience = null) =>
        ImmutableInterlocked.TryAdd(ref _tokens, token, (user, audience ?? OwnAudience));

    /// <summary>Makes a token unknown.</summary>
    public void RemoveToken(string token) => ImmutableInterlocked.TryRemove(ref _tokens, token, out _);

    /// <summary>Allows a user something.</summary>
    /// <param name="user">The user.</param>
    /// <param name="verb">Such as <c>list</c>.</param>
    /// <param name="resource">Such as <c>runnerpools</c>.</param>
    /// <param name="space">The namespace; empty for all.</param>
    public void Allow(string user, string verb, string resource, string space = "") =>
        ImmutableInterlocked.Update(ref _rights, rights => rights.Add((user, verb, resource, space)));

    /// <summary>Answers a review in place, if it is one of these.</summary>
    internal bool Review(string kind, JsonObject review)
    {
        switch (kind)
        {
            case "TokenReview":
                review["status"] = WhoIs(review["spec"]);
                return true;
            case "SubjectAccessReview":
                review["status"] = new JsonObject { ["allowed"] = IsAllowed(review["spec"]) };
                return true;
            default:
                return false;
        }
    }

    private JsonObject WhoIs(JsonNode? spec)
    {
        var wanted = spec?["audiences"]?.AsArray().Select(audience => audience!.ToString()).ToList() ?? [OwnAudience];
        return _tokens.TryGetValue($"{spec?["token"]}", out var known) && wanted.Contains(known.Audience)
            ? new JsonObject
            {
                ["authenticated"] = true,
                ["user"] = new JsonObject { ["username"] = known.User, ["uid"] = known.User, ["groups"] = new JsonArray("system:authenticated") },
                ["audiences"] = new JsonArray(known.Audience),
            }
            : new JsonObject { ["user"] = new JsonObject(), ["error"] = "the simulator does not know this token" };
    }

    private bool IsAllowed(JsonNode? spec)
    {
        var (user, asked) = ($"{spec?["user"]}", spec?["resourceAttributes"]);
        return new[] { "", $"{asked?["namespace"]}" }.Any(space => _rights.Contains((user, $"{asked?["verb"]}", $"{asked?["resource"]}", space)));
    }
}
