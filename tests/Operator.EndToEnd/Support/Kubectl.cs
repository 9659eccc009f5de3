namespace Operator.EndToEnd.Support;

/// <summary>The official command line client, pointed at one API server.</summary>
/// <param name="kubeconfig">Path of the kubeconfig.</param>
public sealed class Kubectl(string kubeconfig)
{
    /// <summary>Path of the program, or null when there is none: beside the control plane's binaries, or on the PATH.</summary>
    public static string? Program { get; } = FindProgram();

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">Its arguments.</param>
    public Task<ToolResult> RunAsync(params string[] arguments) => RunAsync(arguments, input: null);

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads, such as a manifest for <c>apply -f -</c>.</param>
    public Task<ToolResult> RunAsync(IEnumerable<string> arguments, string? input) => RunAsync(arguments, input, editor: "false");

    /// <summary>Edits an object.</summary>
    /// <param name="arguments">Which.</param>
    /// <param name="editor">A command that changes the file that it is given.</param>
    public Task<ToolResult> EditAsync(IEnumerable<string> arguments, string editor) => RunAsync(["edit", .. arguments], input: null, editor);

    private Task<ToolResult> RunAsync(IEnumerable<string> arguments, string? input, string editor)
    {
        // Discovery is cached by address and port, and ports are used again by other servers.
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KUBECONFIG"] = kubeconfig,
            ["KUBECACHEDIR"] = kubeconfig + ".cache",
            ["KUBE_EDITOR"] = editor,
        };
        return Tool.RunAsync(Program ?? throw new InvalidOperationException("there is no kubectl"), arguments, environment, input);
    }

    private static string? FindProgram()
    {
        var beside = ControlPlaneBinaries.Folder is { } folder ? Path.Combine(folder, "kubectl") : null;
        return beside is not null && File.Exists(beside) ? beside : Programs.Find("kubectl");
    }
}
