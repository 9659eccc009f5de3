using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>Authorizes calls to the scale-set service. Called under the service's lock.</summary>
/// <param name="accounts">The places there are.</param>
/// <param name="sets">The sessions there are.</param>
/// <param name="tokens">Checks tokens.</param>
internal sealed class ServiceAdmission(AccountDirectory accounts, ScaleSetRegister sets, ServiceTokens tokens)
{
    /// <summary>Handles or refuses a call.</summary>
    /// <param name="request">The call.</param>
    /// <param name="endpoint">The endpoint.</param>
    public GitHubReply Answer(GitHubRequest request, GitHubEndpoint endpoint)
    {
        if (tokens.Verify(GitHubAdmission.TokenOf(request.Http), request.Now)?.Split(' ') is not [var use, var what])
        {
            return ServiceReply.Unauthorized("The token is not valid or has expired.");
        }

        if (IsVersioned(endpoint) && !request.Http.Request.QueryString.Value!.Contains($"api-version={ServiceReply.ApiVersion}", StringComparison.Ordinal))
        {
            return ServiceReply.Error(400, "VssVersionNotSpecifiedException", $"No api-version was supplied for the \"{endpoint.Method}\" request.");
        }

        return (endpoint.Audience, use) switch
        {
            (Audience.ScaleSetAdmin, "admin") => AnswerAdmin(request, endpoint, (accounts.Find(what) ?? accounts.FindFormer(what))!),
            (Audience.MessageQueue, "queue") => AnswerListener(request, endpoint, what),
            _ => ServiceReply.Unauthorized($"A token of this kind does not open {endpoint.Name}."),
        };
    }

    private static bool IsVersioned(GitHubEndpoint endpoint) => endpoint.Pattern.StartsWith(GitHubEndpoint.Service, StringComparison.Ordinal);

    private static GitHubReply AnswerAdmin(GitHubRequest request, GitHubEndpoint endpoint, RunnerPlace place) =>
        request.Route("tenant") == ConnectionEndpoints.Tenant(place)
            ? endpoint.Handle(request with { Place = place })
            : ServiceReply.Unauthorized("The token belongs to another organization.");

    private GitHubReply AnswerListener(GitHubRequest request, GitHubEndpoint endpoint, string id)
    {
        if (sets.FindSession(Guid.Parse(id)) is not { } session)
        {
            return ServiceReply.NoSession(id);
        }

        return IsVersioned(endpoint) || request.Query("sessionId") == id
            ? endpoint.Handle(request with { Place = session.ScaleSet.Place, Session = session })
            : ServiceReply.Unauthorized("The token belongs to another session.");
    }
}
