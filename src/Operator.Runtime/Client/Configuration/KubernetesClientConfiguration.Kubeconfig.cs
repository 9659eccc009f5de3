using YamlDotNet.RepresentationModel;

namespace Operator.Runtime.Client.Configuration;

public sealed partial record KubernetesClientConfiguration
{
    internal static KubernetesClientConfiguration BuildFromKubeconfig(ConfigurationSources sources, string? path, string? context)
    {
        var kubeconfig = Kubeconfig.Load(path is null ? sources.KubeconfigPaths() : [path]);
        var chosen = kubeconfig.Context(context);
        var cluster = kubeconfig.Cluster(chosen.Text("cluster") ?? throw Missing(chosen, "context", "cluster"));
        var authority = cluster.DataOrFile("certificate-authority");
        return new()
        {
            Server = ReadUri(cluster, "server") ?? throw Missing(cluster, "cluster", "server"),
            CertificateAuthorities = authority is null
                ? null
                : Certificates.LoadAuthorities(authority, $"cluster '{cluster.Name}' of {cluster.Path}"),
            SkipTlsVerify = cluster.Content.Flag("insecure-skip-tls-verify"),
            TlsServerName = cluster.Text("tls-server-name"),
            Proxy = ReadUri(cluster, "proxy-url"),
            Namespace = chosen.Text("namespace") ?? "default",
            Credentials = chosen.Text("user") is { } user ? ReadCredentials(kubeconfig.User(user), cluster) : new(),
        };
    }

    private static KubernetesCredentials ReadCredentials(KubeconfigEntry user, KubeconfigEntry cluster)
    {
        if (user.Content.Map("auth-provider")?.Text("name") is { } provider)
        {
            throw new KubernetesConfigurationException(
                $"User '{user.Name}' of {user.Path} has the auth-provider '{provider}', which Kubernetes has removed. Use its exec plugin.");
        }

        return new()
        {
            Token = user.Text("token"),
            TokenFile = user.Text("tokenFile") is { } file ? user.FullPath(file) : null,
            Username = user.Text("username"),
            Password = user.Text("password"),
            ClientCertificate = user.DataOrFile("client-certificate") is { } certificate
                ? Certificates.LoadClientCertificate(
                    certificate,
                    user.DataOrFile("client-key") ?? throw Missing(user, "user", "client-key"),
                    $"user '{user.Name}' of {user.Path}")
                : null,
            Exec = user.Content.Map("exec") is { } exec ? ReadExec(exec, user, cluster) : null,
        };
    }

    private static ExecPlugin ReadExec(YamlMappingNode exec, KubeconfigEntry user, KubeconfigEntry cluster)
    {
        var command = exec.Text("command") ?? throw Missing(user, "user", "exec.command");
        return new()
        {
            ApiVersion = exec.Text("apiVersion") ?? throw Missing(user, "user", "exec.apiVersion"),
            // As for a shell: a bare name is looked up in PATH, anything with a slash is a path, here seen from the file.
            Command = command.Contains('/') || command.Contains(Path.DirectorySeparatorChar) ? user.FullPath(command) : command,
            Arguments = [.. exec.Items("args").OfType<YamlScalarNode>().Select(argument => argument.Value ?? "")],
            Variables = exec.Items("env").OfType<YamlMappingNode>()
                .Where(variable => variable.Text("name") is not null)
                .ToDictionary(variable => variable.Text("name")!, variable => variable.Text("value") ?? ""),
            InstallHint = exec.Text("installHint"),
            NeedsTerminal = exec.Text("interactiveMode") == "Always",
            Cluster = exec.Flag("provideClusterInfo") ? ReadExecCluster(cluster) : null,
        };
    }

    private static ExecCluster ReadExecCluster(KubeconfigEntry cluster) => new()
    {
        Server = cluster.Text("server"),
        TlsServerName = cluster.Text("tls-server-name"),
        InsecureSkipTlsVerify = cluster.Content.Flag("insecure-skip-tls-verify") ? true : null,
        CertificateAuthorityData = cluster.DataOrFile("certificate-authority") is { } pem ? System.Text.Encoding.UTF8.GetBytes(pem) : null,
        ProxyUrl = cluster.Text("proxy-url"),
        Config = cluster.Content.Items("extensions").OfType<YamlMappingNode>()
            .FirstOrDefault(extension => extension.Text("name") == "client.authentication.k8s.io/exec")
            ?.Map("extension")?.ToJson(),
    };

    private static Uri? ReadUri(KubeconfigEntry cluster, string key)
    {
        if (cluster.Text(key) is not { } text)
        {
            return null;
        }

        // kubectl takes a bare host for one that speaks HTTP.
        var url = text.Contains("://") ? text : $"http://{text}";
        return Uri.TryCreate(url, UriKind.Absolute, out var uri)
            ? uri
            : throw new KubernetesConfigurationException($"The {key} '{text}' of cluster '{cluster.Name}' in {cluster.Path} is not a URL.");
    }

    private static KubernetesConfigurationException Missing(KubeconfigEntry entry, string what, string key) =>
        new($"The {what} '{entry.Name}' in {entry.Path} has no {key}.");
}
