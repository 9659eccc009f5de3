using System.Text.RegularExpressions;
using DotNet.Testcontainers.Configurations;
using Testcontainers.K3s;

namespace Operator.EndToEnd.Support;

/// <summary>A K3s in a container, described by the variables and files of <c>scripts/test-control-plane start</c>. It has no etcd.</summary>
internal sealed partial class K3sControlPlane : IAsyncDisposable
{
    private const string Image = "rancher/k3s:v1.36.3-k3s1";

    private readonly string _folder = Directory.CreateTempSubdirectory("k3s").FullName;
    private readonly K3sContainer _container = new K3sBuilder(Image)
        .WithCommand("--kube-apiserver-arg=enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement").Build();

    /// <summary>Whether a Docker daemon can be reached.</summary>
    public static bool IsAvailable { get; } = TestcontainersSettings.OS.DockerEndpointAuthConfig is not null;

    /// <summary>The minor version of the API server.</summary>
    public static int MinorVersion { get; } = int.Parse(Image.Split('.')[1]);

    /// <summary>Starts it.</summary>
    /// <param name="limitedUser">A service account without permissions.</param>
    public async Task<Dictionary<string, string>> StartAsync(string limitedUser)
    {
        await _container.StartAsync();
        var byCertificate = await _container.GetKubeconfigAsync();
        var (limited, admin) = (limitedUser.Split(':')[^2..], await CreateUserAsync("kube-system", "test-admin"));
        await KubectlAsync("create", "clusterrolebinding", "test-admin", "--clusterrole=cluster-admin", "--serviceaccount=kube-system:test-admin");
        await KubectlAsync("create", "namespace", limited[0]);
        var authority = Authority().Match(byCertificate).Groups["data"].Value;
        await File.WriteAllBytesAsync(Path.Combine(_folder, "ca.crt"), Convert.FromBase64String(authority));
        await WriteAsync("tokens.csv", $"{admin},admin,0");
        await WriteAsync("kubeconfig-certificate", byCertificate);
        await WriteAsync("kubeconfig", ByToken(byCertificate, admin));
        Directory.CreateDirectory(Path.Combine(_folder, "users"));
        await WriteAsync($"users/{limitedUser.Replace(':', '-')}.kubeconfig", ByToken(byCertificate, await CreateUserAsync(limited[0], limited[1])));
        return new(StringComparer.Ordinal)
        {
            ["CONTROL_PLANE_DIR"] = _folder,
            ["CONTROL_PLANE_URL"] = Server().Match(byCertificate).Groups["url"].Value,
            ["KUBECONFIG"] = Path.Combine(_folder, "kubeconfig"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> CreateUserAsync(string namespaceName, string name)
    {
        await KubectlAsync("create", "serviceaccount", name, "-n", namespaceName);
        return await KubectlAsync("create", "token", name, "-n", namespaceName, "--duration=24h");
    }

    private async Task<string> KubectlAsync(params string[] arguments)
    {
        var result = await _container.ExecAsync(["kubectl", .. arguments]);
        return result.ExitCode == 0 ? result.Stdout.Trim() : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {result.Stderr}");
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_folder, name), text);

    private static string ByToken(string kubeconfig, string token) => ClientKey().Replace(ClientCertificate().Replace(kubeconfig, $"token: {token}"), "");

    [GeneratedRegex(@"certificate-authority-data: (?<data>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Authority();

    [GeneratedRegex(@"server: (?<url>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Server();

    [GeneratedRegex(@"client-certificate-data: \S+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClientCertificate();

    [GeneratedRegex(@"client-key-data: \S+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClientKey();
}
