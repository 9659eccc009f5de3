using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using Microsoft.AspNetCore.Http;
using Operator.Entities.RunnerPools;

namespace Operator.Dashboard.Access;

/// <summary>Asks the cluster who somebody is (TokenReview), and what they may list (SubjectAccessReview).</summary>
internal sealed partial class ViewerAccess(
    IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools, DashboardOptions options, TimeProvider time, ILogger<ViewerAccess> logger) : IDisposable
{
    /// <summary>The longest token; what is longer does not fit into a cookie.</summary>
    public const int LongestToken = 3800;

    /// <summary>Namespaces that are asked about, for somebody who may not list all.</summary>
    public const int MaxNamespaces = 100;

    // Only what the cluster accepts is remembered, so strangers fill no memory.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);
    private static readonly string[] Resources = ["runnerpools", "runnerleases"];

    private readonly ExpiringMap<string, Viewer> _known = new(Remembered, time);
    private readonly SemaphoreSlim _reviews = new(5);

    /// <summary>Whose token it is, and what they may see.</summary>
    /// <param name="token">The token; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Admission> AdmitAsync(string? token, CancellationToken cancellationToken)
    {
        if (options.Authentication == DashboardAuthentication.None)
        {
            return Viewer.Anybody;
        }

        if (token is null or { Length: 0 or > LongestToken })
        {
            return Problem(token?.Length > LongestToken ? $"the token has more than {LongestToken} characters: use that of a service account" : "sign in with a token of the cluster");
        }

        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (_known.TryGet(key, out var known))
        {
            return known;
        }

        await _reviews.WaitAsync(cancellationToken);
        try
        {
            return await AskAsync(key, token, cancellationToken);
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException)
        {
            LogNotAsked(logger, e);
            return new DashboardProblem(StatusCodes.Status503ServiceUnavailable, "ReviewFailed", "the cluster cannot be asked about the token; the operator's log says why");
        }
        finally
        {
            _reviews.Release();
        }
    }

    public void Dispose() => _reviews.Dispose();

    private async Task<Admission> AskAsync(string key, string token, CancellationToken cancellationToken)
    {
        // First as one that is good for nothing else.
        var user = await WhoAsync(token, [DashboardOptions.Audience], cancellationToken) ?? await WhoAsync(token, audiences: null, cancellationToken);
        if (user is null)
        {
            return Problem("the cluster does not accept this token, or it has expired: kubectl create token NAME --audience " + DashboardOptions.Audience);
        }

        if (await MayListAsync(user, space: null, cancellationToken))
        {
            return Remember(key, new(user.Username, Namespaces: null));
        }

        HashSet<string> allowed = new(StringComparer.Ordinal);
        foreach (var space in pools.List().Select(pool => pool.Metadata.NamespaceProperty ?? "").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MaxNamespaces))
        {
            if (await MayListAsync(user, space, cancellationToken))
            {
                allowed.Add(space);
            }
        }

        return allowed.Count > 0 ? Remember(key, new(user.Username, allowed))
            : new DashboardProblem(StatusCodes.Status403Forbidden, "Forbidden", $"{user.Username} may not list runnerpools and runnerleases in any namespace with pools: bind the ClusterRole ec2runners-view");
    }

    private Viewer Remember(string key, Viewer viewer)
    {
        _known.Set(key, viewer);
        return viewer;
    }

    private async Task<V1UserInfo?> WhoAsync(string token, IList<string>? audiences, CancellationToken cancellationToken)
    {
        var review = await client.CreateAsync(new V1TokenReview { Spec = new() { Token = token, Audiences = audiences } }, cancellationToken);
        var isForUs = audiences is null || review.Status?.Audiences?.Contains(DashboardOptions.Audience) == true;
        return review.Status is { Authenticated: true } && isForUs ? review.Status.User : null;
    }

    // Groups and the rest go along: webhooks that authorize decide by them.
    private async Task<bool> MayListAsync(V1UserInfo user, string? space, CancellationToken cancellationToken)
    {
        foreach (var resource in Resources)
        {
            var review = await client.CreateAsync(
                new V1SubjectAccessReview
                {
                    Spec = new()
                    {
                        User = user.Username,
                        Uid = user.Uid,
                        Groups = user.Groups,
                        Extra = user.Extra,
                        ResourceAttributes = new() { NamespaceProperty = space, Verb = "list", Group = EntityGroup.Name, Resource = resource },
                    },
                },
                cancellationToken);
            if (review.Status is not { Allowed: true })
            {
                return false;
            }
        }

        return true;
    }

    private static DashboardProblem Problem(string detail) => new(StatusCodes.Status401Unauthorized, "Unauthorized", detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The dashboard cannot ask the cluster about a token")]
    private static partial void LogNotAsked(ILogger logger, Exception exception);
}
