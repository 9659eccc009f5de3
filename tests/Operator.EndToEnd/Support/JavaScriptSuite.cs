namespace Operator.EndToEnd.Support;

/// <summary>A package below <c>tests/javascript</c>, run with node's own test runner.</summary>
public static class JavaScriptSuite
{
    private static readonly SemaphoreSlim Installing = new(1);

    /// <summary>Installs the package's locked dependencies if they are missing, and runs its tests.</summary>
    /// <param name="name">The package's folder.</param>
    /// <param name="environment">The environment of the tests.</param>
    /// <param name="file">The file with the tests; all of the folder's without one.</param>
    public static async Task<ToolResult> RunAsync(string name, IReadOnlyDictionary<string, string> environment, string? file = null)
    {
        var folder = Repository.PathOf($"tests/javascript/{name}");
        await InstallAsync(folder);
        return await Tool.RunAsync("node", ["--test", "--test-reporter=tap", .. file is null ? Array.Empty<string>() : [file]], environment, directory: folder);
    }

    private static async Task InstallAsync(string folder)
    {
        await Installing.WaitAsync();
        try
        {
            if (!Directory.Exists(Path.Combine(folder, "node_modules")))
            {
                (await Tool.RunAsync("npm", ["ci", "--no-audit", "--no-fund"], directory: folder)).Require();
            }
        }
        finally
        {
            Installing.Release();
        }
    }
}
