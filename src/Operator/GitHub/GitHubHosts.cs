using Operator.Forges;

namespace Operator.GitHub;

/// <summary>The hosts that credentials may be sent to; anyone who may create pools chooses the host.</summary>
/// <param name="Names">Hosts, with the port unless it is 443; empty for any.</param>
internal sealed record GitHubHosts(IReadOnlyList<string> Names)
{
    /// <summary>Reason: credentials may not be sent to the host.</summary>
    public const string NotAllowed = "HostNotAllowed";

    public static readonly GitHubHosts Any = new([]);

    /// <summary>Parses comma-separated names; none for any.</summary>
    public static GitHubHosts Parse(string? text) =>
        new((text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>The host of a target alone.</summary>
    public static GitHubHosts From(ForgeTarget target) => new([HostOf(target.WebUrl)]);

    /// <summary>Whether credentials may be sent to a target's host.</summary>
    public bool Allow(ForgeTarget target) => Names.Count == 0 || Contains(target.WebUrl);

    /// <summary>Whether a URL's host is among the names.</summary>
    public bool Contains(Uri address) => Names.Contains(HostOf(address), StringComparer.OrdinalIgnoreCase);

    /// <summary>Rejects any other host.</summary>
    /// <exception cref="ProviderException">The host is not among the names.</exception>
    public void Demand(ForgeTarget target)
    {
        if (!Allow(target))
        {
            throw new ProviderException(
                NotAllowed,
                $"{target.Field}: credentials are sent to {string.Join(", ", Names)} only, not to {HostOf(target.WebUrl)}; use one of these, or add it to --github-hosts (chart: githubHosts)");
        }
    }

    private static string HostOf(Uri address) => address.IsDefaultPort ? address.Host : address.Authority;
}
