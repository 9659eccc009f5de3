using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Operator.GitHub.Rest;

namespace Operator.GitHub;

/// <summary>Where requests to a GitHub may go: what a pool names, and what its GitHub hands out, are chosen by others.</summary>
internal sealed record GitHubAddresses
{
    /// <summary>What pods and machines reach their own credentials at, in AWS' range for that.</summary>
    private static readonly IPNetwork[] Refused =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("::/127"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("fd00:ec2::/32"),
    ];

    private static readonly string[] OwnDomains = ["github.com", "githubusercontent.com", "ghe.com"];

    /// <summary>As in production.</summary>
    public static readonly GitHubAddresses Default = new();

    /// <summary>For development: a GitHub on this machine is reached, also without TLS.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Hosts that an administrator has named; their texts are shown to users, as GitHub's own are.</summary>
    public GitHubHosts Named { get; init; } = GitHubHosts.Any;

    /// <summary>The simulation that stands for GitHub itself; null for none.</summary>
    public Uri? Simulated { get; init; }

    /// <summary>Connections that are made only to addresses that are allowed, whatever a name resolves to, and to the proxy.</summary>
    /// <param name="proxy">The administrator's proxy; null means that of the environment.</param>
    public SocketsHttpHandler Sockets(IWebProxy? proxy = null)
    {
        var used = new UsedProxies(proxy ?? HttpClient.DefaultProxy);
        return new()
        {
            AllowAutoRedirect = false, // it would drop the token, and turn a POST into a GET
            AutomaticDecompression = DecompressionMethods.All,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, used, cancellationToken),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            Proxy = used,
            UseCookies = false,
        };
    }

    /// <summary>Whether a host's texts may be shown to users: others could have them read what they like.</summary>
    public bool MayQuote(Uri address) => IsOwn(address) || Named.Contains(address);

    /// <summary>An address that a target's GitHub has handed out, for requests with credentials.</summary>
    /// <exception cref="GitHubApiException">It is not https, or neither GitHub's nor of the same Enterprise Server.</exception>
    public Uri Require(GitHubTarget target, string? handedOut) =>
        Read(handedOut) is { } address && (IsOwn(target.WebUrl) ? IsOwn(address) : IsAtHost(address, target)) ? address : throw Foreign(target);

    /// <summary>The address of a build that a target's GitHub has handed out: Enterprise Servers name those of GitHub, too.</summary>
    /// <inheritdoc cref="Require"/>
    public Uri RequireDownload(GitHubTarget target, string? handedOut) =>
        Read(handedOut) is { } address && (IsOwn(address) || IsAtHost(address, target)) ? address : throw Foreign(target);

    /// <summary>Refuses an address that is written out as one of those that are never connected to.</summary>
    /// <exception cref="HttpRequestException">It is.</exception>
    public void CheckLiteral(Uri address)
    {
        if (IPAddress.TryParse(address.IdnHost, out var literal) && !IsAllowed(literal))
        {
            throw Unreachable(literal);
        }
    }

    /// <summary>Whether an IP address may be connected to.</summary>
    public bool IsAllowed(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (AllowLoopback && IPAddress.IsLoopback(plain)) || !Array.Exists(Refused, network => network.Contains(plain));
    }

    private Uri? Read(string? text) =>
        Uri.IsWellFormedUriString(text, UriKind.Absolute) && Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (AllowLoopback && address.IsLoopback && address.Scheme == Uri.UriSchemeHttp))
            ? address
            : null;

    private static bool IsAtHost(Uri address, GitHubTarget target) => address.AbsoluteUri.StartsWith(target.Site, StringComparison.OrdinalIgnoreCase);

    private bool IsOwn(Uri address) =>
        (Simulated is not null && address.Authority == Simulated.Authority)
        || (address.Scheme == Uri.UriSchemeHttps && address.IsDefaultPort && Array.Exists(OwnDomains, domain => IsWithin(address.IdnHost, domain)));

    private static bool IsWithin(string host, string domain) =>
        host.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && (host.Length == domain.Length || host[^(domain.Length + 1)] == '.');

    private static GitHubApiException Foreign(GitHubTarget target) => new(
        GitHubErrors.UnexpectedAnswer, $"{target.WebUrl.Authority} handed out an address that is not https, or neither GitHub's nor its own; nothing is sent there");

    private static HttpRequestException Unreachable(IPAddress address) =>
        new(HttpRequestError.ConnectionError, $"{address} is a loopback, link-local or metadata address, to which nothing is sent"
            + (IPAddress.IsLoopback(address) ? " (for a GitHub on this machine: --allow-loopback)" : ""));

    // Resolved here, and connected to just that: a name could resolve to something else the next time.
    private async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, UsedProxies proxies, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, cancellationToken);
        var allowed = proxies.Contains(endpoint) ? addresses : Array.FindAll(addresses, IsAllowed);
        if (allowed.Length == 0 && addresses.Length > 0)
        {
            throw Unreachable(addresses[0]);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, endpoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The proxies that requests go through: the administrator has chosen them, and they decide what they connect to.</summary>
    private sealed class UsedProxies(IWebProxy inner) : IWebProxy
    {
        private readonly ConcurrentDictionary<(string Host, int Port), bool> _used = new();

        public ICredentials? Credentials
        {
            get => inner.Credentials;
            set => inner.Credentials = value;
        }

        public bool Contains(DnsEndPoint endpoint) => _used.ContainsKey((endpoint.Host.Trim('[', ']'), endpoint.Port));

        public Uri? GetProxy(Uri destination)
        {
            var proxy = inner.IsBypassed(destination) ? null : inner.GetProxy(destination);
            if (proxy is not null && proxy != destination)
            {
                _used[(proxy.IdnHost, proxy.Port)] = true;
            }

            return proxy;
        }

        public bool IsBypassed(Uri host) => inner.IsBypassed(host);
    }
}
