using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Client.Authentication;

/// <summary>Runs a credential plugin once.</summary>
internal static class ExecProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <exception cref="KubernetesConfigurationException">The plugin is missing, fails or does not make sense.</exception>
    public static async Task<ExecCredentialStatus> AskAsync(ExecPlugin plugin, TimeProvider time, CancellationToken cancellationToken)
    {
        if (plugin.ApiVersion is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
        {
            throw Failed(plugin, $"has the apiVersion '{plugin.ApiVersion}'; v1 and v1beta1 are known. Update the kubeconfig.");
        }

        if (plugin.NeedsTerminal)
        {
            throw Failed(plugin, "wants a terminal (interactiveMode: Always), which is not there. Use another user in the kubeconfig.");
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return Parse(plugin, await RunAsync(plugin, either.Token));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Failed(plugin, $"did not answer within {Patience.TotalSeconds} s.");
        }
    }

    private static async Task<string> RunAsync(ExecPlugin plugin, CancellationToken cancellationToken)
    {
        using var process = Start(plugin);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await Task.WhenAll(output, errors, process.WaitForExitAsync(cancellationToken));
            return process.ExitCode == 0
                ? await output
                : throw Failed(plugin, $"ended with exit code {process.ExitCode}: {(await errors).Trim()}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Start(ExecPlugin plugin)
    {
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in plugin.Variables)
        {
            start.Environment[name] = value;
        }

        var info = new ExecCredential { ApiVersion = plugin.ApiVersion, Kind = "ExecCredential", Spec = new() { Cluster = plugin.Cluster } };
        start.Environment["KUBERNETES_EXEC_INFO"] = JsonSerializer.Serialize(info, ExecJsonContext.Default.ExecCredential);
        try
        {
            return Process.Start(start) ?? throw Failed(plugin, "did not start.");
        }
        catch (Win32Exception e)
        {
            throw Failed(plugin, $"cannot be started: {e.Message}. {plugin.InstallHint ?? "Install it, or put it into PATH."}", e);
        }
    }

    private static ExecCredentialStatus Parse(ExecPlugin plugin, string output)
    {
        ExecCredential? answer;
        try
        {
            answer = JsonSerializer.Deserialize(output, ExecJsonContext.Default.ExecCredential);
        }
        catch (JsonException e)
        {
            throw Failed(plugin, "did not print an ExecCredential.", e); // what it printed may be a secret
        }

        return answer switch
        {
            { ApiVersion: var version } when version != plugin.ApiVersion =>
                throw Failed(plugin, $"answered as '{version}', but the kubeconfig says '{plugin.ApiVersion}'."),
            { Status: { Token.Length: > 0 } status } => status,
            { Status: { ClientCertificateData.Length: > 0, ClientKeyData.Length: > 0 } status } => status,
            _ => throw Failed(plugin, "gave neither a token nor a certificate with its key."),
        };
    }

    private static KubernetesConfigurationException Failed(ExecPlugin plugin, string what, Exception? innerException = null) =>
        new($"The credential plugin '{plugin.Command}' of the kubeconfig {what}", innerException);
}
