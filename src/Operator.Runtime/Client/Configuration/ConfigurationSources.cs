namespace Operator.Runtime.Client.Configuration;

/// <summary>Where configuration is looked for; injected so that a test need not change its own process.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="HomeFolder">The user's home.</param>
/// <param name="ServiceAccountFolder">Where a pod finds its service account.</param>
internal sealed record ConfigurationSources(Func<string, string?> Variable, string HomeFolder, string ServiceAccountFolder)
{
    public static ConfigurationSources Process { get; } = new(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        "/var/run/secrets/kubernetes.io/serviceaccount");

    /// <summary>The kubeconfig files in order of precedence, whether they exist or not.</summary>
    public IReadOnlyList<string> KubeconfigPaths()
    {
        var listed = Variable("KUBECONFIG") ?? "";
        var paths = listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return paths.Length > 0 ? paths : [Path.Combine(HomeFolder, ".kube", "config")];
    }
}
