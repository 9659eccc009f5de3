using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Operator.Runtime.Client.Configuration;

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

        Assert.Equal(new Uri("https://a.test:6443"), built.Server);
        Assert.Equal(("abc", "team"), (built.Credentials.Token, built.Namespace));
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
        Assert.Equal(new Uri("http://proxy.test:3128"), built.Proxy);
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
            Assert.Equal("CN=test", built.Credentials.ClientCertificate!.Subject);
            Assert.True(built.Credentials.ClientCertificate.HasPrivateKey);
            Assert.Equal("CN=test", Assert.Single(built.CertificateAuthorities!).Subject);
        });
    }

    [Fact]
    public void Build_RelativePaths_AreSeenFromTheFileTheyStandIn()
    {
        var built = Build("user: {tokenFile: secrets/token}");
        Assert.Equal(Path.Combine(_folder.Path, "secrets/token"), built.Credentials.TokenFile);

        Assert.Equal(Path.Combine(_folder.Path, "bin/get"), Exec("command: ./bin/get").Command);
        Assert.Equal("aws", Exec("command: aws").Command);
        Assert.Equal("/opt/get", Exec("command: /opt/get").Command);
    }

    [Fact]
    public void Build_ExecUser_HasAllThatThePluginNeeds()
    {
        var plugin = Exec(
            "command: aws, args: [eks, get-token, '--region', 7], env: [{name: AWS_PROFILE, value: ci}], installHint: get it, "
            + "interactiveMode: Always, provideClusterInfo: true");

        Assert.Equal("client.authentication.k8s.io/v1beta1", plugin.ApiVersion);
        Assert.Equal(["eks", "get-token", "--region", "7"], plugin.Arguments);
        Assert.Equal("ci", plugin.Variables["AWS_PROFILE"]);
        Assert.Equal("get it", plugin.InstallHint);
        Assert.True(plugin.NeedsTerminal);
        Assert.Equal("https://a.test:6443", plugin.Cluster!.Server);
        Assert.Equal("""{"audience":"x","n":1,"on":true}""", plugin.Cluster.Config!.ToJsonString());
        Assert.Null(Exec("command: aws").Cluster);
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

        Assert.Equal(new Uri("https://two.test"), built.Server);
        Assert.Equal("first", built.Credentials.Token);
        Assert.Null(built.Credentials.Username);
    }

    [Fact]
    public void Build_NamedContext_IsTakenInsteadOfTheCurrentOne()
    {
        var path = _folder.Write("config", """
            current-context: one
            clusters: [{name: k1, cluster: {server: "https://one.test"}}, {name: k2, cluster: {server: "https://two.test"}}]
            contexts: [{name: one, context: {cluster: k1}}, {name: two, context: {cluster: k2}}]
            """);

        Assert.Equal(new Uri("https://two.test"), KubernetesClientConfiguration.BuildFromKubeconfig(path, "two").Server);
        Assert.Equal(new Uri("https://one.test"), KubernetesClientConfiguration.BuildFromKubeconfig(path).Server);
    }

    public static TheoryData<string, string> BrokenConfigs => new()
    {
        { "", "has no current-context" },
        { "current-context: c", "has no context 'c'; it has: none" },
        { "{current-context: c, contexts: [{name: c, context: {user: u}}]}", "context 'c' in" },
        { "{current-context: c, contexts: [{name: c, context: {cluster: k}}]}", "has no cluster 'k'" },
        { "{current-context: c, contexts: [{name: c, context: {cluster: k}}], clusters: [{name: k, cluster: {}}]}", "has no server" },
        { Whole("user: {auth-provider: {name: gcp}}"), "auth-provider 'gcp'" },
        { Whole("user: {client-certificate-data: AAAA, client-key-data: AAAA}"), "user 'u'" },
        { Whole("user: {client-certificate-data: '???'}"), "is not base64" },
        { Whole("user: {client-certificate: nowhere.pem}"), "client-certificate of 'u'" },
        { Whole("user: {exec: {command: x}}"), "has no exec.apiVersion" },
        { Whole("user: {exec: {apiVersion: x}}"), "has no exec.command" },
        { "a: [", "cannot be read" },
        { "- a", "is not a map" },
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
        var e = Assert.Throws<KubernetesConfigurationException>(() => KubernetesClientConfiguration.BuildDefault(Sources()));

        Assert.Contains("Set KUBECONFIG", e.Message);
    }

    [Fact]
    public void BuildDefault_KubeconfigInTheHomeFolder_IsTaken()
    {
        _folder.Write(".kube/config", Whole("user: {token: home}"));

        Assert.Equal("home", KubernetesClientConfiguration.BuildDefault(Sources()).Credentials.Token);
    }

    [Theory]
    [InlineData("10.0.0.1", "https://10.0.0.1/")]
    [InlineData("fd00::1", "https://[fd00::1]/")]
    public void BuildDefault_InAPod_IsTheServiceAccount(string host, string expected)
    {
        _variables["KUBERNETES_SERVICE_HOST"] = host;
        _variables["KUBERNETES_SERVICE_PORT"] = "443";
        _folder.Write("sa/token", "t");
        _folder.Write("sa/namespace", "runners\n");
        _folder.Write("sa/ca.crt", MakeCertificate().Certificate);

        var built = KubernetesClientConfiguration.BuildDefault(Sources());
        Assert.Equal(new Uri(expected), built.Server);
        Assert.Equal(Path.Combine(_folder.Path, "sa/token"), built.Credentials.TokenFile);
        Assert.Equal("runners", built.Namespace);
        Assert.Single(built.CertificateAuthorities!);
    }

    [Fact]
    public void BuildInCluster_NoToken_SaysWhatToDo()
    {
        _variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
        _variables["KUBERNETES_SERVICE_PORT"] = "443";

        var e = Assert.Throws<KubernetesConfigurationException>(() => KubernetesClientConfiguration.BuildInCluster(Sources()));
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

    private ExecPlugin Exec(string exec) =>
        Build($"user: {{exec: {{apiVersion: client.authentication.k8s.io/v1beta1, {exec}}}}}").Credentials.Exec!;

    private KubernetesClientConfiguration Build(string user, string cluster = "", string context = "") =>
        BuildFrom(_folder.Write("config", Whole(user, cluster, context)));

    private KubernetesClientConfiguration BuildFrom(params string[] paths)
    {
        _variables["KUBECONFIG"] = string.Join(Path.PathSeparator, paths);
        return KubernetesClientConfiguration.BuildDefault(Sources());
    }

    private ConfigurationSources Sources() =>
        new(_variables.GetValueOrDefault, _folder.Path, Path.Combine(_folder.Path, "sa"));
}
