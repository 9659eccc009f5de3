using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;

namespace Operator.EndToEnd.Support;

/// <summary>
/// A real control plane from where <see cref="ControlPlaneSource"/> says, started once for all tests of the collection
/// <see cref="Collection"/>. Where there is none it does nothing: its tests are skipped.
/// </summary>
public sealed class RealControlPlane : IAsyncLifetime
{
    /// <summary>The xunit collection that shares one control plane.</summary>
    public const string Collection = "real control plane";

    /// <summary>A user with no rights, to try RBAC with; see <see cref="KubeconfigOfLimitedUser"/>.</summary>
    public const string LimitedUser = "system:serviceaccount:limited:operator";

    private readonly K3sControlPlane? _k3s = ControlPlaneSource.IsK3s ? new() : null;
    private Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    /// <summary>Address of the API server.</summary>
    public string Url => _environment["CONTROL_PLANE_URL"];

    /// <summary>Kubeconfig of an administrator, by token.</summary>
    public string Kubeconfig => _environment["KUBECONFIG"];

    /// <summary>Kubeconfig of the same administrator, by client certificate.</summary>
    public string KubeconfigWithCertificate => Path.Combine(Folder, "kubeconfig-certificate");

    /// <summary>Kubeconfig of <see cref="LimitedUser"/>.</summary>
    public string KubeconfigOfLimitedUser => Path.Combine(Folder, "users", LimitedUser.Replace(':', '-') + ".kubeconfig");

    /// <summary>A client of the API server, with an administrator's token; relative addresses begin at the root.</summary>
    public HttpClient Client { get; private set; } = new();

    private string Folder => _environment["CONTROL_PLANE_DIR"];

    /// <summary>Runs <c>kubectl</c> as administrator.</summary>
    /// <param name="arguments">Its arguments.</param>
    public Task<ToolResult> KubectlAsync(params string[] arguments) => new Kubectl(Kubeconfig).RunAsync(arguments);

    /// <summary>Installs the kinds.</summary>
    public async Task InstallKindsAsync()
    {
        // An API server from before CEL does not know the rules' field: it leaves it out, and kubectl would complain.
        (await KubectlAsync("apply", "--validate=false", "-f", Repository.PathOf("config/crds"))).Require();
        (await KubectlAsync("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")).Require();
    }

    /// <summary>Makes etcd forget the versions before one.</summary>
    /// <param name="revision">The resource version.</param>
    public async Task CompactAsync(long revision)
    {
        using var etcd = new HttpClient { BaseAddress = new Uri(_environment["CONTROL_PLANE_ETCD"]) };
        using var answer = await etcd.PostAsJsonAsync("/v3/kv/compaction", new { revision = revision.ToString(CultureInfo.InvariantCulture) });
        answer.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (ControlPlaneSource.SkipReason is null)
        {
            _environment = await (_k3s?.StartAsync(LimitedUser) ?? StartProcessesAsync());
            Client = await MakeClientAsync();
        }
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        Client.Dispose();
        if (_k3s is not null)
        {
            await _k3s.DisposeAsync();
        }
        else if (_environment.Count > 0)
        {
            await Tool.RunAsync(ControlPlaneBinaries.Script, ["stop", "--dir", Folder]);
        }
    }

    private static async Task<Dictionary<string, string>> StartProcessesAsync()
    {
        var user = $"{LimitedUser}=system:serviceaccounts,system:authenticated";
        var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var started = await Tool.RunAsync(ControlPlaneBinaries.Script, ["start", "--while", self, "--user", user]);
        return started.Require().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
    }

    private async Task<HttpClient> MakeClientAsync()
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Folder, "ca.crt"));
        var tokens = await File.ReadAllTextAsync(Path.Combine(Folder, "tokens.csv"));
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { authority },
        };
        var client = new HttpClient(handler) { BaseAddress = new Uri(Url), Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Split(',')[0]);
        client.DefaultRequestHeaders.UserAgent.ParseAdd("contract/1.0");
        return client;
    }
}

/// <summary>Names the collection for xunit.</summary>
[CollectionDefinition(RealControlPlane.Collection)]
public sealed class RealControlPlaneDefinition : ICollectionFixture<RealControlPlane>;
