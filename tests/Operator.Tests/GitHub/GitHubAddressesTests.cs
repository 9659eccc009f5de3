using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Entities.ResourceClasses;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub;

/// <summary>Requests to URLs chosen by an untrusted GitHub server.</summary>
public sealed class GitHubAddressesTests
{
    private const string Ghes = "https://ghes.example.com:8443/my-org";

    public static TheoryData<string, string, bool> HandedOut => new()
    {
        { "https://github.com/my-org", "https://pipelinesghubeus1.actions.githubusercontent.com/abc/?x=1", true },
        { "https://github.com/my-org", "https://broker.actions.githubusercontent.com/scalesets/message?sessionId=1", true },
        { "https://github.com/my-org", "https://github.com/actions/runner/releases/download/v2.330.0/a.tar.gz", true },
        { "https://github.com/my-org", "https://api.github.com/x", true },
        { "https://acme.ghe.com/my-org", "https://pipelines.actions.acme.ghe.com/abc", true },
        { "https://acme.ghe.com/my-org", "https://broker.actions.githubusercontent.com/x", true },
        { Ghes, "https://ghes.example.com:8443/_services/pipelines/abc/", true },
        { Ghes, "https://GHES.example.com:8443/_services/pipelines/abc/", true },
        { "https://github.com/my-org", "http://pipelines.actions.githubusercontent.com/abc", false },
        { "https://github.com/my-org", "https://pipelines.actions.githubusercontent.com:8443/abc", false },
        { "https://github.com/my-org", "https://actions.githubusercontent.com.evil.example/abc", false },
        { "https://github.com/my-org", "https://evilgithub.com/abc", false },
        { "https://github.com/my-org", "https://my-org.github.io/abc", false },
        { "https://github.com/my-org", "https://github.com@evil.example/abc", false },
        { "https://github.com/my-org", "https://user:password@github.com/abc", false },
        { "https://github.com/my-org", "https://evil.example/github.com", false },
        { Ghes, "http://ghes.example.com:8443/abc", false },
        { Ghes, "https://ghes.example.com/abc", false },
        { Ghes, "https://ghes.example.com:8443.evil.example/abc", false },
        { Ghes, "https://evil.example/abc", false },
        { Ghes, "/_services/pipelines", false },
        { Ghes, "file:///etc/passwd", false },
        { Ghes, "", false },
    };

    public static TheoryData<string> Inner =>
    [
        "http://127.0.0.1:19999/", "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://localhost/", "https://2130706433/", "https://0.0.0.0/", "https://[fd00:ec2::254]/", "https://[fe80::1]/", "gopher://127.0.0.1/",
    ];

    [Theory]
    [MemberData(nameof(HandedOut))]
    public void Require_IsHttps_AndGitHubsOrOfTheSameServer(string target, string address, bool isAllowed)
    {
        if (isAllowed)
        {
            Assert.Equal(new Uri(address), GitHubAddresses.Default.Require(StubGitHub.Target(target), address));
            Assert.Equal(new Uri(address), GitHubAddresses.Default.RequireDownload(StubGitHub.Target(target), address));
        }
        else
        {
            AssertRefused(GitHubAddresses.Default, target, address);
        }
    }

    [Theory]
    [MemberData(nameof(Inner))]
    public void Require_InnerAddresses_AreRefused(string address)
    {
        AssertRefused(GitHubAddresses.Default, "https://github.com/my-org", address);
        AssertRefused(GitHubAddresses.Default, Ghes, address);
        AssertRefused(new() { AllowLoopback = true }, "https://github.com/my-org", address);
        AssertRefused(new() { AllowLoopback = true }, "http://127.0.0.1:20001/my-org", address);
    }

    // Enterprise Servers name the builds that are at github.com; credentials go to their own host only.
    [Fact]
    public void RequireDownload_OfAnEnterpriseServer_MayBeGitHubs()
    {
        const string build = "https://github.com/actions/runner/releases/download/v2.330.0/a.tar.gz";

        Assert.Equal(new Uri(build), GitHubAddresses.Default.RequireDownload(StubGitHub.Target(Ghes), build));
        Assert.Throws<GitHubApiException>(() => GitHubAddresses.Default.Require(StubGitHub.Target(Ghes), build));
    }

    [Theory]
    [MemberData(nameof(Inner))]
    [InlineData("https://evil.example/")]
    [InlineData("http://pipelines.actions.githubusercontent.com/")]
    public async Task AdminUrl_QueueUrl_OfAnotherHost_NothingIsSentThere(string address)
    {
        var stub = new StubGitHub();
        using var connections = new ScaleSetConnections(stub.Connections, stub.Clock, NullLogger<ScaleSetConnections>.Instance, _ => stub);
        var client = connections.Get(StubGitHub.Organization, StubGitHub.PersonalToken);
        const string sessions = "/tenant/_apis/runtime/runnerscalesets/7/sessions";
        stub.On("POST /orgs/my-org/actions/runners/registration-token", 201, """{"token":"REG"}""")
            .On("POST /actions/runner-registration", 200, $$"""{"url":"{{address}}","token":"a.b.c"}""")
            .On("POST /actions/runner-registration", 200, """{"url":"https://pipelines.actions.githubusercontent.com/tenant/","token":"a.b.c"}""")
            .On($"POST {sessions}?api-version=6.0-preview", 200, $$"""{"sessionId":"{{Guid.Empty}}","messageQueueUrl":"{{address}}"}""")
            .On($"PATCH {sessions}/{Guid.Empty}?api-version=6.0-preview", 200, $$"""{"sessionId":"{{Guid.Empty}}","messageQueueUrl":"{{address}}"}""");

        var admin = await Assert.ThrowsAsync<GitHubApiException>(() => client.GetAsync(7, default));
        var created = await Assert.ThrowsAsync<GitHubApiException>(() => client.CreateSessionAsync(7, "us", default));
        var refreshed = await Assert.ThrowsAsync<GitHubApiException>(() => client.RefreshSessionAsync(7, Guid.Empty, default));

        Assert.All([admin, created, refreshed], refusal => Assert.Equal(GitHubErrors.UnexpectedAnswer, refusal.Reason));
        Assert.All(stub.Sent, sent => Assert.Contains(sent.Host, (string[])["api.github.com", "pipelines.actions.githubusercontent.com"]));
    }

    [Theory]
    [MemberData(nameof(Inner))]
    [InlineData("https://evil.example/")]
    [InlineData("http://github.com/")]
    public async Task Download_OfAnotherHost_IsRefused(string address)
    {
        var stub = new StubGitHub().On("GET /orgs/my-org/actions/runners/downloads", 200, $$"""
            [{"os":"linux","architecture":"x64","download_url":"{{address}}","filename":"actions-runner-linux-x64-2.330.0.tar.gz","sha256_checksum":"{{new string('a', 64)}}"}]
            """);
        var releases = new RunnerReleases(stub.Connections, new(stub.Clock), GitHubAddresses.Default, stub.Clock);
        var scope = new GitHubScope(StubGitHub.Organization, StubGitHub.PersonalToken, "default");

        var refusal = await Assert.ThrowsAsync<RegistryException>(() => releases.FindAsync(scope, version: null, sha256: null, OperatingSystemKind.Linux, "amd64", default));

        Assert.Equal(GitHubErrors.UnexpectedAnswer, refusal.Reason);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.255.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("169.254.170.23", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("febf::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fd00:ec2::23", false)]
    public void Connection_ToAnInnerAddress_IsRefused_AndADeveloperMayOpenLoopbackOnly(string address, bool isLoopback)
    {
        Assert.False(GitHubAddresses.Default.IsAllowed(IPAddress.Parse(address)));
        Assert.Equal(isLoopback, new GitHubAddresses { AllowLoopback = true }.IsAllowed(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("140.82.121.3")]
    [InlineData("10.0.0.7")]
    [InlineData("2606:50c0::1")]
    [InlineData("fd12::1")]
    public void Connection_ToAnEnterpriseServer_IsAllowed(string address) => Assert.True(GitHubAddresses.Default.IsAllowed(IPAddress.Parse(address)));

    // localhost is a name that resolves to loopback.
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::FFFF:7f00:1]")]
    [InlineData("0.0.0.0")]
    public async Task Sockets_ToLoopback_ConnectForADeveloperOnly(string host)
    {
        await using var server = new RawServer("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
        var url = new Uri($"http://{host}:{server.Port}/");

        await Assert.ThrowsAsync<GitHubApiException>(() => GetAsync(GitHubAddresses.Default, url));
        using (var bare = new HttpMessageInvoker(GitHubAddresses.Default.Sockets()))
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => bare.SendAsync(new(HttpMethod.Get, url), default));
        }

        Assert.Empty(server.Received);
        if (host != "0.0.0.0")
        {
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(new() { AllowLoopback = true }, url)).Status);
        }
    }

    [Theory]
    [InlineData("http://ghes.example.com/x", "GET http://ghes.example.com/x HTTP/1.1")]
    [InlineData("https://ghes.example.com/x", "CONNECT ghes.example.com:443 HTTP/1.1")]
    public async Task Sockets_ByAConfiguredProxyOnLoopback_ConnectToIt(string url, string expected)
    {
        await using var server = new RawServer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        using var sockets = GitHubAddresses.Default.Sockets(new WebProxy($"http://127.0.0.1:{server.Port}"));
        using var invoker = new HttpMessageInvoker(sockets);

        await Record.ExceptionAsync(() => invoker.SendAsync(new(HttpMethod.Get, new Uri(url)), default));

        Assert.Equal(expected, Assert.Single(server.Received).Split("\r\n")[0]);
    }

    // What it sent instead of HTTP would be in the exception's text.
    [Theory]
    [InlineData("SECRET-TEXT of an inner service\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nSECRET-TEXT\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nSECRET-TEXT\r\n")]
    public async Task Answer_ThatIsNoHttp_IsNotQuoted(string answer)
    {
        await using var server = new RawServer(answer);

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => GetAsync(new() { AllowLoopback = true }, new($"http://127.0.0.1:{server.Port}/")));

        Assert.DoesNotContain("SECRET", failure.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(GitHubAddresses addresses, string target, string address)
    {
        Assert.Equal(GitHubErrors.UnexpectedAnswer, Assert.Throws<GitHubApiException>(() => addresses.Require(StubGitHub.Target(target), address)).Reason);
        Assert.Throws<GitHubApiException>(() => addresses.RequireDownload(StubGitHub.Target(target), address));
    }

    private static async Task<GitHubAnswer> GetAsync(GitHubAddresses addresses, Uri url)
    {
        using var http = new GitHubHttp(addresses, addresses.Sockets(), wrap: null, TimeProvider.System, networkTime: null);
        using var request = GitHubHttp.Request("Get", HttpMethod.Get, url, new("Bearer", "secret"), body: null);
        return await http.SendAsync("Get", request, TimeSpan.FromSeconds(10), default);
    }

    /// <summary>Answers each connection with the same bytes, and keeps what came.</summary>
    private sealed class RawServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public RawServer(string answer)
        {
            _listener.Start();
            _serving = ServeAsync(Encoding.ASCII.GetBytes(answer));
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public System.Collections.Concurrent.ConcurrentQueue<string> Received { get; } = [];

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task ServeAsync(byte[] answer)
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                var buffer = new byte[4096];
                Received.Enqueue(Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer)));
                await client.GetStream().WriteAsync(answer);
            }
        }
    }
}
