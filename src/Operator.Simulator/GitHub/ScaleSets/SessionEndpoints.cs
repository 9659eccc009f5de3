using System.Text.Json;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>Sessions, at most one per scale set.</summary>
/// <param name="sets">The scale sets.</param>
/// <param name="endpoints">Finds and shows them.</param>
/// <param name="tokens">Creates queue tokens.</param>
/// <param name="options">How long they last.</param>
internal sealed class SessionEndpoints(ScaleSetRegister sets, ScaleSetEndpoints endpoints, ServiceTokens tokens, ScaleSetOptions options)
{
    private const string One = $"{ScaleSetEndpoints.One}/sessions/{{session:guid}}";

    public IEnumerable<GitHubEndpoint> All() =>
    [
        new("CreateSession", "POST", $"{ScaleSetEndpoints.One}/sessions", Audience.ScaleSetAdmin, Create),
        new("RefreshSession", "PATCH", One, Audience.ScaleSetAdmin, Refresh),
        new("DeleteSession", "DELETE", One, Audience.ScaleSetAdmin, Delete),
    ];

    private GitHubReply Create(GitHubRequest request) => endpoints.With(request, set =>
    {
        if (OwnerOf(request.Body) is not { } owner)
        {
            return ServiceReply.BadRequest("A session needs the name of its owner.");
        }

        return set.Session is { } other
            ? ServiceReply.Error(
                409, "RunnerScaleSetSessionConflictException", $"The runner scale set {set.Name} already has an active session for owner {other.Owner}.")
            : Show(request, sets.Open(set, owner, ConnectionEndpoints.AddressOf(request, set.Place)));
    });

    private GitHubReply Refresh(GitHubRequest request) => WithSession(request, session =>
    {
        sets.Hear(session);
        return Show(request, session);
    });

    private GitHubReply Delete(GitHubRequest request) => WithSession(request, session =>
    {
        sets.Close(session);
        return GitHubReply.NoContent;
    });

    private GitHubReply WithSession(GitHubRequest request, Func<ScaleSetSession, GitHubReply> handle) => endpoints.With(request, set =>
        set.Session is { } session && session.Id == Guid.Parse(request.Route("session"))
            ? handle(session)
            : ServiceReply.NoSession(request.Route("session")));

    private GitHubReply Show(GitHubRequest request, ScaleSetSession session)
    {
        var answer = new SessionJson(
            session.Id,
            session.Owner,
            endpoints.Show(request, session.ScaleSet),
            $"{request.Server}scalesets/message?sessionId={session.Id}",
            tokens.Issue($"queue {session.Id}", request.Now, options.QueueTokenLife),
            sets.StatisticsOf(session.ScaleSet));
        return GitHubReply.Json(200, answer, ServiceWire.Default.SessionJson);
    }

    private static string? OwnerOf(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RequestWire.Default.SessionBody)?.OwnerName is { Length: > 0 } owner ? owner : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
