using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Runtime.Client.Configuration;

/// <summary>
/// Adapts a credential plugin (<c>client.authentication.k8s.io</c>, such as <c>aws eks get-token</c>) to the official client, which joins
/// its arguments with spaces and does not pass the cluster to it.
/// </summary>
internal static class ExecPlugin
{
    private const int MaxErrorText = 1000;

    /// <exception cref="KubeConfigException">The plugin cannot work here.</exception>
    public static void Prepare(ExternalExecution plugin, YamlMappingNode? exec, YamlMappingNode? cluster)
    {
        if (exec.Text("interactiveMode") == "Always")
        {
            throw new KubeConfigException(
                $"The credential plugin '{plugin.Command}' requires a terminal (interactiveMode: Always), which is not available. Use another user in the kubeconfig.");
        }

        plugin.Arguments = [.. (plugin.Arguments ?? []).Select(Quote)];
        plugin.EnvironmentVariables =
        [
            .. plugin.EnvironmentVariables ?? [],
            new() { ["name"] = "KUBERNETES_EXEC_INFO", ["value"] = Info(plugin, cluster).ToJsonString() },
        ];
    }

    /// <summary>Runs the plugin and adds its error output to the exception, which the library omits.</summary>
    /// <exception cref="KubeConfigException">The plugin failed.</exception>
    public static T Listen<T>(ExternalExecution? plugin, Func<T> ask)
    {
        var errors = new StringBuilder();
        void Hear(object? sender, DataReceivedEventArgs line)
        {
            if (errors.Length < MaxErrorText)
            {
                errors.Append(' ').Append(line.Data);
            }
        }

        KubernetesClientConfiguration.ExecStdError += Hear;
        try
        {
            return ask();
        }
        catch (KubeConfigException e) when (plugin is not null)
        {
            var hint = e.Message.Contains("trying to start process", StringComparison.Ordinal) ? plugin.InstallHint ?? "Install it, or add it to PATH." : errors.ToString().Trim();
            throw new KubeConfigException($"the credential plugin '{plugin.Command}' failed. {hint} ({e.Message.Split('\n')[0]})", e);
        }
        finally
        {
            KubernetesClientConfiguration.ExecStdError -= Hear;
        }
    }

    private static JsonObject Info(ExternalExecution plugin, YamlMappingNode? cluster)
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (plugin.ProvideClusterInfo)
        {
            var info = new JsonObject();
            foreach (var key in (string[])["server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url"])
            {
                info[key] = cluster.Text(key) is { } value ? key == "insecure-skip-tls-verify" ? value is "true" : value : null;
            }

            info["config"] = cluster.Named("extensions", "extension", "client.authentication.k8s.io/exec")?.ToJson();
            spec["cluster"] = info;
        }

        return new() { ["apiVersion"] = plugin.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec };
    }

    private static JsonNode? ToJson(this YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(entry =>
            KeyValuePair.Create(((YamlScalarNode)entry.Key).Value ?? "", entry.Value.ToJson()))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" or "~" } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" } => JsonValue.Create(true),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "false" } => JsonValue.Create(false),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when long.TryParse(scalar.Value, out var number) => JsonValue.Create(number),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    // Quoted so that ProcessStartInfo.Arguments splits them again, on every system.
    private static string Quote(string argument)
    {
        var (quoted, backslashes) = (new StringBuilder("\""), 0);
        foreach (var character in argument)
        {
            quoted.Append('\\', character == '"' ? backslashes + 1 : 0).Append(character);
            backslashes = character == '\\' ? backslashes + 1 : 0;
        }

        return quoted.Append('\\', backslashes).Append('"').ToString();
    }
}
