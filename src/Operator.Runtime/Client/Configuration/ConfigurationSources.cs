namespace Operator.Runtime.Client.Configuration;

/// <summary>Where to look for configuration; injected so that tests need not change their own process.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="HomeFolder">The user's home directory.</param>
/// <param name="ServiceAccountFolder">The directory of a pod's service account.</param>
internal sealed record ConfigurationSources(Func<string, string?> Variable, string HomeFolder, string ServiceAccountFolder)
{
    public static ConfigurationSources Process { get; } = new(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        "/var/run/secrets/kubernetes.io/serviceaccount");

    /// <summary>The kubeconfig files in order of precedence, whether or not they exist.</summary>
    public IReadOnlyList<string> KubeconfigPaths()
    {
        var listed = Variable("KUBECONFIG") ?? "";
        var paths = listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return paths.Length > 0 ? paths : [Path.Combine(HomeFolder, ".kube", "config")];
    }
}
