using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Operator.GitHub.Rest;

namespace Operator.GitHub;

/// <summary>Restricts where requests may go: URLs in a pool's spec, and URLs handed out by its GitHub, are chosen by others.</summary>
internal sealed record GitHubAddresses
{
    /// <summary>AWS' link-local addresses, where pods and machines get their own credentials.</summary>
    private static readonly IPNetwork[] Refused =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("::/127"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("fd00:ec2::/32"),
    ];

    private static readonly string[] OwnDomains = ["github.com", "githubusercontent.com", "ghe.com"];

    /// <summary>The production settings.</summary>
    public static readonly GitHubAddresses Default = new();

    /// <summary>For development: allows a GitHub on this machine, also without TLS.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Hosts trusted by an administrator; like GitHub's own, their messages are shown to users.</summary>
    public GitHubHosts Named { get; init; } = GitHubHosts.Any;

    /// <summary>The simulator standing in for github.com; null for none.</summary>
    public Uri? Simulated { get; init; }

    /// <summary>A handler that connects only to allowed addresses, whatever a name resolves to, and to the proxy.</summary>
    /// <param name="proxy">The administrator's proxy; null for the one in the environment.</param>
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

    /// <summary>Whether a host's messages may be shown to users: others could make them display anything.</summary>
    public bool MayQuote(Uri address) => IsOwn(address) || Named.Contains(address);

    /// <summary>Validates a URL handed out by a target's GitHub, for requests with credentials.</summary>
    /// <exception cref="GitHubApiException">It is not https, or neither GitHub's nor of the same Enterprise Server.</exception>
    public Uri Require(GitHubTarget target, string? handedOut) =>
        Read(handedOut) is { } address && (IsOwn(target.WebUrl) ? IsOwn(address) : IsAtHost(address, target)) ? address : throw Foreign(target);

    /// <summary>Validates a download URL handed out by a target's GitHub: Enterprise Servers also refer to github.com.</summary>
    /// <inheritdoc cref="Require"/>
    public Uri RequireDownload(GitHubTarget target, string? handedOut) =>
        Read(handedOut) is { } address && (IsOwn(address) || IsAtHost(address, target)) ? address : throw Foreign(target);

    /// <summary>Rejects a URL whose host is a literal address that is never connected to.</summary>
    /// <exception cref="HttpRequestException">It is rejected.</exception>
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
        new(HttpRequestError.ConnectionError, $"{address} is a loopback, link-local or metadata address, which is not connected to"
            + (IPAddress.IsLoopback(address) ? " (for a GitHub on this machine: --allow-loopback)" : ""));

    // Resolved here and connected to exactly that address: the name could resolve differently the next time.
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

    /// <summary>The proxies requests go through: chosen by the administrator, they decide what they connect to.</summary>
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
