using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Operator.Runtime.Client.Configuration;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.Runtime.Tests.Client;

public sealed class KubeconfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _variables = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Build_TokenUser_HasServerNamespaceAndToken()
    {
        var built = Build("user: {token: abc}", context: "namespace: team");

        Assert.Equal("https://a.test:6443", built.Host);
        Assert.Equal(("abc", "team"), (built.AccessToken, built.Namespace));
        Assert.Equal("default", Build("user: {token: abc}").Namespace);
    }

    [Fact]
    public void Build_ClusterSettings_AreAllTaken()
    {
        var built = Build(
            "user: {}",
            cluster: "insecure-skip-tls-verify: true, tls-server-name: other.test, proxy-url: 'http://proxy.test:3128', ");

        Assert.True(built.SkipTlsVerify);
        Assert.Equal("other.test", built.TlsServerName);
        using var connections = new SocketsHttpHandler();
        built.FirstMessageHandlerSetup(connections);
        Assert.Equal(new Uri("http://proxy.test:3128"), connections.Proxy!.GetProxy(new Uri(built.Host)));
    }

    [Fact]
    public void Build_CertificatesAsDataOrFile_AreTheSame()
    {
        var (certificate, key) = MakeCertificate();
        _folder.Write("pki/cert.pem", certificate);
        _folder.Write("pki/key.pem", key);
        var byFile = Build(
            "user: {client-certificate: pki/cert.pem, client-key: pki/key.pem}", cluster: "certificate-authority: pki/cert.pem, ");
        var byData = Build(
            $"user: {{client-certificate-data: {Base64(certificate)}, client-key-data: {Base64(key)}}}",
            cluster: $"certificate-authority-data: {Base64(certificate)}, ");

        Assert.All([byFile, byData], built =>
        {
            using var connections = new SocketsHttpHandler();
            built.FirstMessageHandlerSetup = made => connections.SslOptions = made.SslOptions;
            using var client = new k8s.Kubernetes(built);
            var own = Assert.IsType<X509Certificate2>(Assert.Single(connections.SslOptions.ClientCertificates!));
            Assert.Equal("CN=test", own.Subject);
            Assert.True(own.HasPrivateKey);
            Assert.Equal("CN=test", Assert.Single(built.SslCaCerts).Subject);
        });
    }

    [Fact]
    public void Build_SeveralAuthoritiesInOneFile_AreAllTrusted()
    {
        _folder.Write("ca.pem", MakeCertificate().Certificate + "\n" + MakeCertificate().Certificate);

        Assert.Equal(2, Build("user: {token: abc}", cluster: "certificate-authority: ca.pem, ").SslCaCerts.Count);
    }

    [Fact]
    public async Task Build_RelativePaths_AreSeenFromTheFileTheyStandIn()
    {
        _folder.Write("two/secrets/token", "there");
        var first = _folder.Write("one/config", "current-context: c");
        var second = _folder.Write("two/config", Whole("user: {tokenFile: secrets/token}"));

        var header = await BuildFrom(first, second).TokenProvider.GetAuthenticationHeaderAsync(CancellationToken.None);

        Assert.Equal("Bearer there", header.ToString());
    }

    [Fact]
    public void Build_SeveralFiles_TheFirstToNameAThingWins()
    {
        var first = _folder.Write("one/config", """
            users: [{name: u, user: {token: first}}]
            contexts: [{name: c, context: {cluster: k, user: u}}]
            """);
        var second = _folder.Write("two/config", """
            current-context: c
            clusters: [{name: k, cluster: {server: "https://two.test"}}]
            users: [{name: u, user: {token: second, username: x}}]
            contexts: [{name: c, context: {cluster: other, user: u}}]
            """);
        var third = _folder.Write("three/config", "current-context: other");
        var built = BuildFrom(first, Path.Combine(_folder.Path, "missing"), second, third);

        Assert.Equal("https://two.test", built.Host);
        Assert.Equal("first", built.AccessToken);
        Assert.Null(built.Username);
    }

    [Fact]
    public void Build_NamedContext_IsTakenInsteadOfTheCurrentOne()
    {
        var path = _folder.Write("config", """
            current-context: one
            clusters: [{name: k1, cluster: {server: "https://one.test"}}, {name: k2, cluster: {server: "https://two.test"}}]
            contexts: [{name: one, context: {cluster: k1}}, {name: two, context: {cluster: k2}}]
            """);

        Assert.Equal("https://two.test", ClusterConfiguration.BuildFromKubeconfig(path, "two").Host);
        Assert.Equal("https://one.test", ClusterConfiguration.BuildFromKubeconfig(path).Host);
    }

    public static TheoryData<string, string> BrokenConfigs => new()
    {
        { "", "has no current-context" },
        { "current-context: c", "has no context 'c'; it has: none" },
        { "{current-context: c, contexts: [{name: c, context: {user: u}}]}", "has no cluster ''" },
        { "{current-context: c, contexts: [{name: c, context: {cluster: k}}]}", "has no cluster 'k'" },
        { "{current-context: c, contexts: [{name: c, context: {cluster: k}}], clusters: [{name: k, cluster: {}}]}", "Server not found" },
        { Whole("user: {auth-provider: {name: gcp}}"), "User: u does not have appropriate auth credentials" },
        { Whole("user: {client-certificate: nowhere.pem}"), "User: u does not have appropriate auth credentials" },
        { Whole("user: {token: t}", cluster: "certificate-authority-data: AAAA, "), "holds no certificate" },
        { Whole("user: {exec: {command: x}}"), "missing ApiVersion" },
        { Whole("user: {exec: {apiVersion: x}}"), "must include a command" },
        { "a: [", "cannot be used" },
        { "- a", "cannot be used" },
    };

    [Theory]
    [MemberData(nameof(BrokenConfigs))]
    public void Build_BrokenConfig_SaysWhatIsWrongAndWhere(string yaml, string expected)
    {
        var path = _folder.Write("config", yaml);

        var e = Assert.Throws<KubernetesConfigurationException>(() => BuildFrom(path));
        Assert.Contains(expected, e.Message);
        Assert.Contains(path, e.Message);
    }

    [Fact]
    public void BuildDefault_NothingConfigured_SaysWhatToDo()
    {
        var e = Assert.Throws<KubernetesConfigurationException>(() => ClusterConfiguration.BuildDefault(Sources()));

        Assert.Contains("Set KUBECONFIG", e.Message);
    }

    [Fact]
    public void BuildDefault_KubeconfigInTheHomeFolder_IsTaken()
    {
        _folder.Write(".kube/config", Whole("user: {token: home}"));

        Assert.Equal("home", ClusterConfiguration.BuildDefault(Sources()).AccessToken);
    }

    [Theory]
    [InlineData("10.0.0.1", "https://10.0.0.1/")]
    [InlineData("fd00::1", "https://[fd00::1]/")]
    public async Task BuildDefault_InAPod_IsTheServiceAccount(string host, string expected)
    {
        _variables["KUBERNETES_SERVICE_HOST"] = host;
        _variables["KUBERNETES_SERVICE_PORT"] = "443";
        _folder.Write("sa/token", "t");
        _folder.Write("sa/namespace", "runners\n");
        _folder.Write("sa/ca.crt", MakeCertificate().Certificate);

        var built = ClusterConfiguration.BuildDefault(Sources());
        Assert.Equal(new Uri(expected), new Uri(built.Host));
        Assert.Equal("Bearer t", (await built.TokenProvider.GetAuthenticationHeaderAsync(CancellationToken.None)).ToString());
        Assert.Equal("runners", built.Namespace);
        Assert.Single(built.SslCaCerts);
    }

    [Fact]
    public void BuildInCluster_NoToken_SaysWhatToDo()
    {
        _variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
        _variables["KUBERNETES_SERVICE_PORT"] = "443";

        var e = Assert.Throws<KubernetesConfigurationException>(() => ClusterConfiguration.BuildInCluster(Sources()));
        Assert.Contains("automountServiceAccountToken", e.Message);
    }

    private static string Whole(string user, string cluster = "", string context = "") => $$$"""
        current-context: c
        clusters: [{name: k, cluster: {{{{cluster}}} server: "https://a.test:6443", extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x, n: 1, on: true}}]}}]
        users: [{name: u, {{{user}}}}]
        contexts: [{name: c, context: {cluster: k, user: u, {{{context}}}}}]
        """;

    private static (string Certificate, string Key) MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private KubernetesClientConfiguration Build(string user, string cluster = "", string context = "") =>
        BuildFrom(_folder.Write("config", Whole(user, cluster, context)));

    private KubernetesClientConfiguration BuildFrom(params string[] paths)
    {
        _variables["KUBECONFIG"] = string.Join(Path.PathSeparator, paths);
        return ClusterConfiguration.BuildDefault(Sources());
    }

    private ConfigurationSources Sources() =>
        new(_variables.GetValueOrDefault, _folder.Path, Path.Combine(_folder.Path, "sa"));
}
