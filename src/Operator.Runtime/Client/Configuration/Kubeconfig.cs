using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Authentication;
using k8s.KubeConfigModels;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Operator.Runtime.Client.Configuration;

/// <summary>
/// Kubeconfig files merged like <c>kubectl</c> does, read by the official client: the first file that defines a cluster, user or context,
/// or sets the current context, wins; missing files are skipped. Adds what that client lacks (<c>proxy-url</c>, <c>tokenFile</c>, several
/// authorities in one file, users without credentials).
/// </summary>
internal static class Kubeconfig
{
    // The library's own deserializer is for all of its models and loads them all, for good.
    private static readonly IDeserializer Yaml = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build();

    /// <exception cref="KubernetesConfigurationException">Something is missing or invalid.</exception>
    public static KubernetesClientConfiguration Build(IReadOnlyList<string> paths, string? context)
    {
        var existing = paths.Where(File.Exists).Select(Path.GetFullPath).ToList();
        if (existing.Count == 0)
        {
            throw new KubernetesConfigurationException($"There is no kubeconfig at {string.Join(" or ", paths)}. Set KUBECONFIG to a file that exists.");
        }

        var names = string.Join(", ", existing);
        try
        {
            return Build(Merge(existing), existing, context, names);
        }
        // An external file parsed by external code: whatever is wrong, say which file it is.
        catch (Exception e) when (e is not KubernetesConfigurationException)
        {
            throw new KubernetesConfigurationException($"The kubeconfig {names} cannot be used: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static KubernetesClientConfiguration Build(K8SConfiguration merged, IReadOnlyList<string> paths, string? context, string names)
    {
        KubernetesConfigurationException Lacks(string what, IEnumerable<string> has) =>
            new($"The kubeconfig {names} has no {what}; it has: {string.Join(", ", has.DefaultIfEmpty("none"))}.");

        var contexts = merged.Contexts.Select(entry => entry.Name);
        var wanted = context ?? merged.CurrentContext ?? throw Lacks("current-context. Run 'kubectl config use-context NAME'", contexts);
        var chosen = merged.Contexts.FirstOrDefault(entry => entry.Name == wanted)?.ContextDetails ?? throw Lacks($"context '{wanted}'", contexts);
        var cluster = merged.Clusters.FirstOrDefault(entry => entry.Name == chosen.Cluster)?.ClusterEndpoint
            ?? throw Lacks($"cluster '{chosen.Cluster}'", merged.Clusters.Select(entry => entry.Name));
        var user = merged.Users.FirstOrDefault(entry => entry.Name == chosen.User)?.UserCredentials;
        var files = paths.Select(path => (Folder: Path.GetDirectoryName(path)!, Root: ReadRoot(path))).ToList();
        var clusterNode = files.Select(file => file.Root.Named("clusters", "cluster", chosen.Cluster)).FirstOrDefault(node => node is not null);
        var (userFolder, userNode) = files.Select(file => (file.Folder, Node: file.Root.Named("users", "user", chosen.User))).FirstOrDefault(file => file.Node is not null);
        if (user is not null && userNode is null or { Children.Count: 0 })
        {
            chosen.User = null; // anonymous access; the library requires credentials for a named user
        }

        ITokenProvider? tokens = null;
        if (userNode.Text("tokenFile") is { } relative)
        {
            var file = Path.GetFullPath(relative, userFolder);
            user!.Token = File.ReadAllText(file).Trim();
            tokens = new RenewableToken($"the file {file}", () => new TokenFileAuth(file));
        }
        else if (user?.ExternalExecution is { } plugin)
        {
            ExecPlugin.Prepare(plugin, userNode.Map("exec"), clusterNode);
            tokens = new RenewableToken($"the credential plugin '{plugin.Command}'", () => new ExecTokenProvider(plugin));
        }

        var built = ExecPlugin.Listen(user?.ExternalExecution, () => KubernetesClientConfiguration.BuildConfigFromConfigObject(merged, wanted));
        built.Namespace ??= "default";
        built.TokenProvider = tokens is not null && built.AccessToken is not null ? tokens : built.TokenProvider;
        built.SslCaCerts = AuthoritiesOf(cluster, $"cluster '{chosen.Cluster}' of {names}") ?? built.SslCaCerts;
        if (clusterNode.Text("proxy-url") is { } proxy)
        {
            var address = new WebProxy(new Uri(proxy));
            built.FirstMessageHandlerSetup = connections => connections.Proxy = address;
        }

        return built;
    }

    private static K8SConfiguration Merge(IReadOnlyList<string> paths)
    {
        var files = paths.Select(Load).ToList();
        return new()
        {
            CurrentContext = files.Select(file => file.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name)),
            Contexts = [.. files.SelectMany(file => file.Contexts ?? []).DistinctBy(entry => entry.Name)],
            Clusters = [.. files.SelectMany(file => file.Clusters ?? []).DistinctBy(entry => entry.Name)],
            Users = [.. files.SelectMany(file => file.Users ?? []).DistinctBy(entry => entry.Name)],
        };
    }

    // Paths in a kubeconfig are relative to its directory, which is unknown after the merge.
    private static K8SConfiguration Load(string path)
    {
        if (new FileInfo(path).Length == 0)
        {
            return new(); // an empty file is an empty kubeconfig
        }

        using var reader = new StreamReader(path);
        var file = Yaml.Deserialize<K8SConfiguration?>(reader) ?? new();
        string? Full(string? relative) => string.IsNullOrEmpty(relative) ? relative : Path.GetFullPath(relative, Path.GetDirectoryName(path)!);
        foreach (var cluster in (file.Clusters ?? []).Select(entry => entry.ClusterEndpoint).OfType<ClusterEndpoint>())
        {
            cluster.CertificateAuthority = Full(cluster.CertificateAuthority);
        }

        foreach (var user in (file.Users ?? []).Select(entry => entry.UserCredentials).OfType<UserCredentials>())
        {
            (user.ClientCertificate, user.ClientKey) = (Full(user.ClientCertificate), Full(user.ClientKey));
            // As in a shell: a bare name is looked up in PATH, anything with a slash is a path.
            if (user.ExternalExecution is { Command: { } command } plugin && command.Contains('/'))
            {
                plugin.Command = Full(command);
            }
        }

        return file;
    }

    private static YamlMappingNode? ReadRoot(string path)
    {
        using var reader = new StreamReader(path);
        var yaml = new YamlStream();
        yaml.Load(reader);
        return yaml.Documents.Count == 0 ? null : yaml.Documents[0].RootNode as YamlMappingNode;
    }

    private static X509Certificate2Collection? AuthoritiesOf(ClusterEndpoint cluster, string source) => cluster switch
    {
        { CertificateAuthorityData: { Length: > 0 } data } =>
            ClusterConfiguration.LoadAuthorities(Encoding.UTF8.GetString(Convert.FromBase64String(data)), source),
        { CertificateAuthority: { Length: > 0 } file } => ClusterConfiguration.LoadAuthorities(File.ReadAllText(file), source),
        _ => null,
    };
}
