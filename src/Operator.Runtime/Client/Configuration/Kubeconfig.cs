using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Runtime.Client.Configuration;

/// <summary>
/// One or several kubeconfig files merged as <c>kubectl</c> does: the first file that names a cluster, user or context, or sets
/// the current context, wins; files that are not there are passed over.
/// </summary>
internal sealed class Kubeconfig
{
    private readonly Dictionary<string, KubeconfigEntry> _clusters = [];
    private readonly Dictionary<string, KubeconfigEntry> _users = [];
    private readonly Dictionary<string, KubeconfigEntry> _contexts = [];
    private readonly IReadOnlyList<string> _paths;
    private string? _currentContext;

    private Kubeconfig(IReadOnlyList<string> paths) => _paths = paths;

    public string Sources => string.Join(", ", _paths);

    public static Kubeconfig Load(IReadOnlyList<string> paths)
    {
        var existing = paths.Where(File.Exists).ToList();
        if (existing.Count == 0)
        {
            throw new KubernetesConfigurationException($"There is no kubeconfig at {string.Join(" or ", paths)}. Set KUBECONFIG to a file that exists.");
        }

        var merged = new Kubeconfig(existing);
        foreach (var path in existing)
        {
            merged.Add(Path.GetFullPath(path));
        }

        return merged;
    }

    public KubeconfigEntry Context(string? name)
    {
        var wanted = name ?? _currentContext
            ?? throw new KubernetesConfigurationException($"The kubeconfig {Sources} has no current-context. Run 'kubectl config use-context NAME'; it has: {Names(_contexts)}.");
        return Find(_contexts, "context", wanted);
    }

    public KubeconfigEntry Cluster(string name) => Find(_clusters, "cluster", name);

    public KubeconfigEntry User(string name) => Find(_users, "user", name);

    private static string Names(Dictionary<string, KubeconfigEntry> entries) =>
        entries.Count == 0 ? "none" : string.Join(", ", entries.Keys);

    private KubeconfigEntry Find(Dictionary<string, KubeconfigEntry> entries, string what, string name) =>
        entries.TryGetValue(name, out var entry)
            ? entry
            : throw new KubernetesConfigurationException($"The kubeconfig {Sources} has no {what} '{name}'; it has: {Names(entries)}.");

    private void Add(string path)
    {
        var root = ReadRoot(path);
        if (root is null)
        {
            return; // an empty file is an empty kubeconfig
        }

        _currentContext ??= root.Text("current-context") is { Length: > 0 } current ? current : null;
        Add(_clusters, root, "clusters", "cluster", path);
        Add(_users, root, "users", "user", path);
        Add(_contexts, root, "contexts", "context", path);
    }

    private static void Add(Dictionary<string, KubeconfigEntry> entries, YamlMappingNode root, string list, string item, string path)
    {
        foreach (var node in root.Items(list).OfType<YamlMappingNode>())
        {
            if (node.Text("name") is { } name)
            {
                entries.TryAdd(name, new(name, path, node.Map(item) ?? []));
            }
        }
    }

    private static YamlMappingNode? ReadRoot(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents.Count == 0 ? null : yaml.Documents[0].RootNode switch
            {
                YamlMappingNode map => map,
                YamlScalarNode { Value: null or "" } => null,
                _ => throw new KubernetesConfigurationException($"The kubeconfig {path} is not a map."),
            };
        }
        catch (Exception e) when (e is YamlException or IOException or UnauthorizedAccessException)
        {
            throw new KubernetesConfigurationException($"The kubeconfig {path} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A named cluster, user or context, and the file it stands in.</summary>
internal sealed record KubeconfigEntry(string Name, string Path, YamlMappingNode Content)
{
    public string? Text(string key) => Content.Text(key) is { Length: > 0 } value ? value : null;

    /// <summary>A path in a kubeconfig is relative to the file it stands in.</summary>
    public string FullPath(string relative) =>
        System.IO.Path.GetFullPath(relative, System.IO.Path.GetDirectoryName(Path) ?? "/");

    /// <summary>What <c>KEY-data</c> holds in base64, else the content of the file that <c>KEY</c> names, else null.</summary>
    public string? DataOrFile(string key)
    {
        try
        {
            return Text($"{key}-data") is { } data
                ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data))
                : Text(key) is { } file ? File.ReadAllText(FullPath(file)) : null;
        }
        catch (FormatException e)
        {
            throw new KubernetesConfigurationException($"{key}-data of '{Name}' in {Path} is not base64.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubernetesConfigurationException($"The {key} of '{Name}' in {Path} cannot be read: {e.Message}", e);
        }
    }
}
