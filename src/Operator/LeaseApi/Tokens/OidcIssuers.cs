using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.Settings;

namespace Operator.LeaseApi.Tokens;

/// <summary>The issuers of workflow tokens: those of the hosts at which pools take leases. Nothing that a token says adds to them. Pure.</summary>
internal static class OidcIssuers
{
    private const string GitHubIssuer = "https://token.actions.githubusercontent.com";

    /// <summary>Who issues the tokens of the workflows that a pool serves; null where its address is not valid.</summary>
    public static string? Of(V1Alpha1RunnerPool pool) => Read(pool)?.Issuer;

    private static (string Issuer, GitHubTarget Target)? Read(V1Alpha1RunnerPool pool)
    {
        if (pool.Spec.Access is not { } access || PoolTargets.GitHubOf(pool) is not { } target)
        {
            return null;
        }

        var (host, site) = (target.WebUrl.IdnHost, target.Site.TrimEnd('/'));
        var issuer = host.Equals("github.com", StringComparison.OrdinalIgnoreCase) ? GitHubIssuer
            : host.EndsWith(".ghe.com", StringComparison.OrdinalIgnoreCase) ? $"https://token.actions.{host}"
            : $"{site}/_services/token";
        return (access.EnterpriseIssuer is { } enterprise ? $"{issuer}/{enterprise}" : issuer, target);
    }

    /// <summary>The issuers of some pools, and a target of each.</summary>
    public static IReadOnlyDictionary<string, GitHubTarget> Of(IEnumerable<V1Alpha1RunnerPool> pools, GitHubHosts hosts)
    {
        var issuers = new Dictionary<string, GitHubTarget>(StringComparer.Ordinal);
        foreach (var pool in pools)
        {
            if (Read(pool) is var (issuer, target) && hosts.Allow(target))
            {
                issuers.TryAdd(issuer, target);
            }
        }

        return issuers;
    }

    /// <summary>What to do about an issuer that is not known: an enterprise may have one of its own, for which the pool must say so.</summary>
    public static TokenRefusal Unknown(string issuer, IEnumerable<string> known)
    {
        var shown = ErrorText.Shorten(issuer, 200);
        var longer = known.FirstOrDefault(one => issuer.StartsWith(one + "/", StringComparison.Ordinal) || one.StartsWith(issuer + "/", StringComparison.Ordinal));
        return new("IssuerUnknown", longer is null
            ? $"no pool takes leases from workflows whose tokens '{shown}' issues"
            : $"the token is issued by '{shown}', and the pools expect '{longer}': set spec.access.enterpriseIssuer of the pool to the enterprise's slug where it has an issuer of its own, and only there");
    }
}
